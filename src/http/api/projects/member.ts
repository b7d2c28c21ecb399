import { createRoute, z } from "@hono/zod-openapi";
import { DomainError, notFound } from "../../../domain/kernel/errors.ts";
import {
  addMember,
  changeRole,
  listMembers,
  ProjectMember,
  ProjectMemberInput,
  ProjectMemberPatch,
  removeMember,
} from "../../../domain/projects/member.ts";
import { insufficient } from "../../../domain/projects/role.ts";
import { requireSignIn } from "../../middleware/auth.ts";
import { actorOf } from "../../client.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp, idParam, toId } from "../../validate.ts";
import { items, json, jsonBody, NO_CONTENT, pathId, refusals } from "../answers.ts";

const tags = ["Projects"];
const PATH = pathId("A project's id.");
const MEMBER_PATH = PATH.extend({
  user_id: z.string().openapi({
    description: "A member's `user_id`.",
    type: "integer",
    minimum: 1,
    example: 2,
  }),
});

/**
 * The members of a project. Changes need a sign-in: with a leaked personal access token, others could
 * add themselves and keep their access after the token is revoked.
 */
export function projectMemberRoutes(deps: AppDeps) {
  const members = apiApp();

  members.openapi(
    createRoute({
      operationId: "listProjectMembers",
      method: "get",
      path: "/{id}/members",
      tags,
      summary: "List a project's members, its owner first",
      request: { params: PATH },
      responses: {
        200: json(items(ProjectMember), { description: "The members." }),
        ...refusals(notFound("project")),
      },
    }),
    async (c) => {
      const asker = { userId: c.get("user").id, projectId: idParam(c, "project") };
      return c.json({ items: await listMembers(deps, asker) }, 200);
    },
  );

  members.openapi(
    createRoute({
      operationId: "addProjectMember",
      method: "post",
      path: "/{id}/members",
      tags,
      summary: "Share a project",
      description: "For its owner, signed in. The new member must have an account.",
      middleware: requireSignIn(),
      request: {
        params: PATH,
        body: jsonBody(ProjectMemberInput, { email: "vision@example.com", role: "editor" }),
      },
      responses: {
        201: json(ProjectMember, { description: "The new member." }),
        ...refusals(
          notFound("project"),
          insufficient("owner"),
          new DomainError("conflict", { key: "already_member" }),
          new DomainError("too_many", { key: "too_many_tries", seconds: 840 }),
        ),
      },
    }),
    async (c) => {
      const member = await addMember(deps, {
        actor: actorOf(deps, c),
        projectId: idParam(c, "project"),
        input: c.req.valid("json"),
      });
      return c.json(member, 201);
    },
  );

  members.openapi(
    createRoute({
      operationId: "updateProjectMember",
      method: "patch",
      path: "/{id}/members/{user_id}",
      tags,
      summary: "Change a member's role",
      description: "For the project's owner, signed in.",
      middleware: requireSignIn(),
      request: { params: MEMBER_PATH, body: jsonBody(ProjectMemberPatch, { role: "viewer" }) },
      responses: {
        200: json(ProjectMember, { description: "The changed member." }),
        ...refusals(
          notFound("project_member"),
          insufficient("owner"),
          new DomainError("conflict", { key: "owner_stays" }),
        ),
      },
    }),
    async (c) => {
      const member = await changeRole(deps, {
        actor: actorOf(deps, c),
        projectId: idParam(c, "project"),
        memberId: toId(c.req.valid("param").user_id, "project_member"),
        role: c.req.valid("json").role,
      });
      return c.json(member, 200);
    },
  );

  members.openapi(
    createRoute({
      operationId: "removeProjectMember",
      method: "delete",
      path: "/{id}/members/{user_id}",
      tags,
      summary: "Remove a member, or leave a project",
      description: "For the project's owner or the member, signed in.",
      middleware: requireSignIn(),
      request: { params: MEMBER_PATH },
      responses: {
        204: NO_CONTENT,
        ...refusals(
          notFound("project_member"),
          insufficient("owner"),
          new DomainError("conflict", { key: "owner_stays" }),
        ),
      },
    }),
    async (c) => {
      await removeMember(deps, {
        actor: actorOf(deps, c),
        projectId: idParam(c, "project"),
        memberId: toId(c.req.valid("param").user_id, "project_member"),
      });
      return c.body(null, 204);
    },
  );

  return members;
}
