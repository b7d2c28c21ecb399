import { type Context, Hono } from "hono";
import {
  addMember,
  changeRole,
  listMembers,
  ProjectMemberInput,
  ProjectMemberPatch,
  removeMember,
} from "../../../domain/projects/member.ts";
import type { Role } from "../../../domain/projects/role.ts";
import { renderPage } from "../../../../views/layout.tsx";
import { type MemberForm, ProjectMembersPage } from "../../../../views/projects/members.tsx";
import { actorOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { idParam, toId } from "../../validate.ts";
import { findProject, pageContext, textField } from "../context.ts";
import { formValidator } from "../form.ts";

/** The members of a project. */
export function projectMemberPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/members", async (c) => {
    return c.html(await membersPage(c, { form: { email: "", role: "viewer", errors: {} } }));
  });

  pages.post(
    "/:id/members",
    formValidator(ProjectMemberInput, {
      show: (c, { form, errors, notice }) => {
        const typed = { email: textField(form, "email"), role: textField(form, "role") };
        return membersPage(c, { form: { ...typed, errors, notice }, needed: "owner" });
      },
    }),
    async (c) => {
      const { projectId } = target(c);
      await addMember(deps, { actor: actorOf(deps, c), projectId, input: c.req.valid("form") });
      return c.redirect(`/projects/${projectId}/members?done=added`, 303);
    },
  );

  // A select and a button: there is nothing to type again, so an error page answers a refusal.
  pages.post("/:id/members/:user/role", formValidator(ProjectMemberPatch), async (c) => {
    const { projectId } = target(c);
    await changeRole(deps, {
      actor: actorOf(deps, c),
      projectId,
      memberId: memberId(c),
      role: c.req.valid("form").role,
    });
    return c.redirect(`/projects/${projectId}/members?done=changed`, 303);
  });

  pages.post("/:id/members/:user/remove", async (c) => {
    const { userId, projectId } = target(c);
    await removeMember(deps, { actor: actorOf(deps, c), projectId, memberId: memberId(c) });
    const left = userId === memberId(c);
    return c.redirect(left ? "/projects" : `/projects/${projectId}/members?done=removed`, 303);
  });

  return pages;

  async function membersPage(
    c: Context<Env>,
    { form, needed }: { form: MemberForm; needed?: Role },
  ): Promise<string> {
    const { done } = c.get("messages").members;
    const key = Object.keys(done).find((key) => key === c.req.query("done")) as keyof typeof done;
    // Outside of Promise.all: it may throw, and the other promise would be left unhandled.
    const shared = target(c);
    const [project, members] = await Promise.all([
      findProject(deps, c, needed),
      listMembers(deps, shared),
    ]);
    return renderPage(
      <ProjectMembersPage
        page={pageContext(deps, c)}
        project={project}
        members={members}
        form={form}
        done={done[key]}
      />,
    );
  }
}

function target(c: Context<Env>): { userId: number; projectId: number } {
  return { userId: c.get("user").id, projectId: idParam(c, "project") };
}

function memberId(c: Context<Env>): number {
  return toId(c.req.param("user") ?? "", "project_member");
}
