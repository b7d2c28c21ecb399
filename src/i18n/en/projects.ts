import type { ProjectMessages } from "../messages/projects.ts";
import { roles } from "./names.ts";

export const projects: ProjectMessages = {
  projects: {
    title: "Projects",
    create: "New project",
    rename: "Edit",
    save: "Save",
    remove: "Delete",
    removeConfirm: "To delete the project with all its experiments and outputs, type its name.",
    created: "Create project",
    empty: "No projects yet",
    emptyHint: "A project collects experiments on one question. Create the first one here.",
    lastActivity: "Last activity",
    experiments: (count) => count === 1 ? "1 experiment" : `${count} experiments`,
    descriptionOptional: "Description (optional)",
  },
  members: {
    title: "Members",
    hint: "Who works on this project.",
    roles,
    roleHints: {
      viewer: "sees everything and changes nothing",
      editor: "creates, cancels and deletes experiments and edits the project",
      owner: "manages members and may delete the project",
    },
    you: "you",
    since: "Since",
    shared: (count) => count === 1 ? "Shared with 1 person" : `Shared with ${count} people`,
    sharedBy: (owner) => `Shared by ${owner}`,
    add: "Add a member",
    emailHint: "Of an account on this server",
    submit: "Add",
    roleOf: (name) => `Role of ${name}`,
    save: "Save",
    saveOf: (name) => `Save the role of ${name}`,
    remove: "Remove",
    removeOf: (name) => `Remove ${name}`,
    leave: "Leave the project",
    done: {
      added: "The member is added.",
      changed: "The role is changed.",
      removed: "The member is removed.",
    },
  },
};
