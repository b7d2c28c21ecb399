import { type Context, Hono } from "hono";
import { DomainError } from "../../../domain/kernel/errors.ts";
import {
  addMember,
  changeRole,
  listMembers,
  ProjectMemberInput,
  ProjectMemberPatch,
  removeMember,
} from "../../../domain/projects/member.ts";
import { say } from "../../../i18n/messages.ts";
import { renderPage } from "../../../../views/layout.tsx";
import { type MemberForm, ProjectMembersPage } from "../../../../views/projects/members.tsx";
import { actorOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { failureHeaders, toFailure } from "../../problem.ts";
import { idParam, parseInput, toId } from "../../validate.ts";
import { findProject, messagesByField, pageContext, textField } from "../context.ts";

/** Whom a project is shared with. */
export function projectMemberPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/members", async (c) => {
    return c.html(await membersPage(c, { email: "", role: "viewer", errors: {} }));
  });

  pages.post("/:id/members", async (c) => {
    await findProject(deps, c, "owner");
    const form = await c.req.parseBody();
    try {
      const input = parseInput(ProjectMemberInput, form);
      await addMember(deps, { ...target(c), actor: actorOf(deps, c), input });
      return c.redirect(`/projects/${target(c).projectId}/members?done=added`, 303);
    } catch (error) {
      return await refuse(c, { error, form });
    }
  });

  pages.post("/:id/members/:user/role", async (c) => {
    await findProject(deps, c, "owner");
    const { role } = parseInput(ProjectMemberPatch, await c.req.parseBody());
    await changeRole(deps, {
      ...target(c),
      actor: actorOf(deps, c),
      memberId: memberId(c),
      role,
    });
    return c.redirect(`/projects/${target(c).projectId}/members?done=changed`, 303);
  });

  pages.post("/:id/members/:user/remove", async (c) => {
    const { userId, projectId } = target(c);
    await removeMember(deps, { actor: actorOf(deps, c), projectId, memberId: memberId(c) });
    const left = userId === memberId(c);
    return c.redirect(left ? "/projects" : `/projects/${projectId}/members?done=removed`, 303);
  });

  return pages;

  async function membersPage(c: Context<Env>, form: MemberForm): Promise<string> {
    const { done } = c.get("messages").members;
    const key = Object.keys(done).find((key) => key === c.req.query("done")) as keyof typeof done;
    // Throws, so it comes before anything is under way.
    const shared = target(c);
    const [project, members] = await Promise.all([
      findProject(deps, c),
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

  /** The page again with what was wrong; rethrows what no form can mend. */
  async function refuse(
    c: Context<Env>,
    { error, form }: { error: unknown; form: Record<string, unknown> },
  ): Promise<Response> {
    if (!(error instanceof DomainError) || !MENDABLE.includes(error.code)) throw error;
    const messages = c.get("messages");
    const html = await membersPage(c, {
      email: textField(form, "email"),
      role: textField(form, "role"),
      errors: messagesByField(error, messages),
      notice: error.fields.length === 0 ? say(messages, error.problem) : undefined,
    });
    const { status } = toFailure(deps, { thrown: error, c });
    return c.html(html, status === 400 ? 422 : status, failureHeaders(error));
  }
}

const MENDABLE = ["invalid", "conflict", "too_many"];

function target(c: Context<Env>): { userId: number; projectId: number } {
  return { userId: c.get("user").id, projectId: idParam(c, "project") };
}

function memberId(c: Context<Env>): number {
  return toId(c.req.param("user") ?? "", "project_member");
}
