import type { Role } from "../../domain/projects/role.ts";

export interface ProjectMessages {
  projects: {
    title: string;
    create: string;
    rename: string;
    save: string;
    remove: string;
    removeConfirm: string;
    created: string;
    empty: string;
    emptyHint: string;
    lastActivity: string;
    experiments: (count: number) => string;
    descriptionOptional: string;
  };
  /** The people a project is shared with. */
  members: {
    title: string;
    hint: string;
    roles: Record<Role, string>;
    roleHints: Record<Role, string>;
    you: string;
    since: string;
    shared: (count: number) => string;
    sharedBy: (owner: string) => string;
    add: string;
    emailHint: string;
    submit: string;
    roleOf: (name: string) => string;
    save: string;
    saveOf: (name: string) => string;
    remove: string;
    removeOf: (name: string) => string;
    leave: string;
    /** Keyed by the page's `done` query parameter. */
    done: Record<"added" | "changed" | "removed", string>;
  };
}
