/** Who may ask for what: every route with every role. A route that is not in the table fails. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPersonalAccessToken } from "../src/domain/access/token.ts";
import { MEMBER_ROLES, type MemberRole } from "../src/domain/projects/role.ts";
import { listSessions } from "../src/domain/access/session.ts";
import { EXAMPLE } from "./support/api.ts";
import { type App, type Credentials, FORM, openApp } from "./support/app.ts";
import { EXPERIMENT_FORM } from "./support/pages.ts";

/**
 * Who a route lets through: anybody; whoever is signed in; of a project, whoever has at least this
 * role; `theirs`, the account that a session or token belongs to.
 */
type Needed = "nobody" | "account" | "viewer" | "editor" | "owner" | "theirs";

interface Rule {
  needs: Needed;
  /** Personal access tokens are turned away, whatever their scope. */
  signIn?: true;
  /** What a good request brings, as JSON or as a form. */
  body?: (world: World) => object;
  query?: (world: World) => string;
}

const job = ({ projectId }: World) => ({ ...EXAMPLE, project_id: projectId });
const named = () => ({ name: "New name", description: "" });
const added = ({ friend }: World) => ({ email: friend.email, role: "viewer" });
const role = () => ({ role: "editor" });
const dataset = () => "?path=seg-coco8";
const password = () => ({
  current_password: "correct horse battery",
  new_password: "another horse battery",
});
const token = () => ({ name: "gpu", scope: "read", lifetime: "30" });

const RULES: Record<string, Rule> = {
  "GET /healthz": { needs: "nobody" },
  "GET /readyz": { needs: "nobody" },
  "GET /metrics": { needs: "nobody" },
  "GET /static/*": { needs: "nobody" },
  "GET /login": { needs: "nobody" },
  "POST /login": { needs: "nobody" },
  "GET /signup": { needs: "nobody" },
  "POST /signup": { needs: "nobody" },
  "GET /setup": { needs: "nobody" },
  "POST /setup": { needs: "nobody" },
  "POST /language": { needs: "nobody" },
  "POST /theme": { needs: "nobody" },
  "GET /api/docs": { needs: "nobody" },
  "GET /api/v1/openapi.json": { needs: "nobody" },
  "POST /api/v1/auth/login": { needs: "nobody" },
  "POST /api/v1/auth/register": { needs: "nobody" },

  "GET /api/v1/auth/me": { needs: "account" },
  "POST /api/v1/auth/logout": { needs: "account", signIn: true },
  "POST /api/v1/auth/password": { needs: "account", signIn: true, body: password },
  "GET /api/v1/auth/sessions": { needs: "account", signIn: true },
  "DELETE /api/v1/auth/sessions": { needs: "account", signIn: true },
  "DELETE /api/v1/auth/sessions/:id": { needs: "theirs", signIn: true },
  "GET /api/v1/auth/tokens": { needs: "account", signIn: true },
  "POST /api/v1/auth/tokens": { needs: "account", signIn: true, body: token },
  "DELETE /api/v1/auth/tokens/:id": { needs: "theirs", signIn: true },

  "GET /api/v1/projects": { needs: "account" },
  "POST /api/v1/projects": { needs: "account", body: named },
  "GET /api/v1/projects/:id": { needs: "viewer" },
  "PATCH /api/v1/projects/:id": { needs: "editor", body: named },
  "DELETE /api/v1/projects/:id": { needs: "owner" },
  "GET /api/v1/projects/:id/experiments": { needs: "viewer" },
  "GET /api/v1/projects/:id/members": { needs: "viewer" },
  "POST /api/v1/projects/:id/members": { needs: "owner", signIn: true, body: added },
  "PATCH /api/v1/projects/:id/members/:user_id": { needs: "owner", signIn: true, body: role },
  "DELETE /api/v1/projects/:id/members/:user_id": { needs: "owner", signIn: true },

  "GET /api/v1/projects/:id/audit": { needs: "owner" },

  "GET /api/v1/models": { needs: "account" },
  "GET /api/v1/datasets": { needs: "account" },
  "GET /api/v1/datasets/inspect": { needs: "account", query: dataset },

  "GET /api/v1/training/jobs": {
    needs: "viewer",
    query: ({ projectId }) => `?project_id=${projectId}`,
  },
  "POST /api/v1/training/jobs": { needs: "editor", body: job },
  "GET /api/v1/training/jobs/:id": { needs: "viewer" },
  "DELETE /api/v1/training/jobs/:id": { needs: "editor" },
  "POST /api/v1/training/jobs/:id/cancel": { needs: "editor" },

  "POST /logout": { needs: "account" },
  "GET /": { needs: "account" },
  "GET /account": { needs: "account" },
  "POST /account/password": { needs: "account", body: password },
  "POST /account/other-sessions/end": { needs: "account" },
  "POST /account/sessions/:id/end": { needs: "theirs" },
  "POST /account/tokens": { needs: "account", body: token },
  "POST /account/tokens/:id/revoke": { needs: "theirs" },

  "GET /projects": { needs: "account" },
  "POST /projects": { needs: "account", body: named },
  "GET /projects/:id": { needs: "viewer" },
  "GET /projects/:id/edit": { needs: "editor" },
  "POST /projects/:id/edit": { needs: "editor", body: named },
  "POST /projects/:id/delete": { needs: "owner", body: () => ({ confirm: "Shared" }) },
  "GET /projects/:id/members": { needs: "viewer" },
  "POST /projects/:id/members": { needs: "owner", body: added },
  "POST /projects/:id/members/:user/role": { needs: "owner", body: role },
  "POST /projects/:id/members/:user/remove": { needs: "owner" },

  "GET /projects/:id/activity": { needs: "owner" },

  "GET /projects/:id/experiments": { needs: "viewer" },
  "GET /projects/:id/experiments/new": { needs: "editor" },
  "POST /projects/:id/experiments": { needs: "editor", body: () => EXPERIMENT_FORM },
  "GET /projects/:id/experiments/:job": { needs: "viewer" },
  "POST /projects/:id/experiments/:job/cancel": { needs: "editor" },
  "GET /projects/:id/experiments/:job/delete": { needs: "editor" },
  "POST /projects/:id/experiments/:job/delete": { needs: "editor" },

  "GET /experiments/new": { needs: "account" },
  "GET /datasets": { needs: "account" },
  "GET /datasets/image": { needs: "account", query: () => "?path=seg-coco8&file=x.jpg" },
  "GET /datasets/row": { needs: "account", query: dataset },
  "GET /datasets/view": { needs: "account", query: dataset },
  "GET /models": { needs: "account" },
};

const ASKERS = [
  "nobody",
  "stranger",
  "viewer",
  "editor",
  "owner",
  "the owner's read token",
  "the owner's write token",
] as const;
type Asker = typeof ASKERS[number];

type Outcome = "let through" | "asked to sign in" | "not found" | "forbidden";

function expected(asker: Asker, { method, path, rule }: Route): Outcome {
  const { needs, signIn } = rule;
  if (needs === "nobody") return "let through";
  if (asker === "nobody") return "asked to sign in";
  if (asker.endsWith("token")) {
    // A page knows no tokens.
    if (!path.startsWith("/api/")) return "asked to sign in";
    if (asker === "the owner's read token" && method !== "GET") return "forbidden";
    return signIn ? "forbidden" : "let through";
  }
  if (needs === "account" || asker === "owner") return "let through";
  if (needs === "theirs" || asker === "stranger") return "not found";
  return needs === "viewer" || needs === asker ? "let through" : "forbidden";
}

interface Route {
  method: string;
  path: string;
  rule: Rule;
}

/** A project of an owner, shared with the asker, who may be the owner. Each attempt has its own. */
interface World {
  projectId: number;
  jobId: number;
  /** A member who is not asking, and an account that is none. */
  memberId: number;
  friend: { email: string };
  tokenId: number;
  sessionId: string;
  credentials: Partial<Credentials>;
}

let app: App;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app?.[Symbol.asyncDispose]());

let accounts = 0;
async function addAccount() {
  const account = await app.addAccount(`user-${++accounts}@example.com`);
  const user = (await app.deps.users.findByEmail(account.email))!;
  return { ...account, id: user.id };
}

async function makeWorld(asker: Asker): Promise<World> {
  const { deps } = app;
  const now = deps.now().toISOString();
  const [owner, member, friend] = [await addAccount(), await addAccount(), await addAccount()];
  const userId = owner.id;
  const actor = { kind: "user", id: userId } as const;
  const input = { name: "Shared", description: "" };
  const { id: projectId } = await deps.projects.insert(input, { actor, now, ownerId: userId });
  const share = (email: string, role: MemberRole) =>
    deps.members.insert(projectId, { actor, now, input: { email, role } });
  await share(member.email, "viewer");

  const world = { projectId, memberId: member.id, friend, ...await addOwned() };
  if (asker === "nobody") return { ...world, credentials: {} };
  if (asker === "owner") return { ...world, credentials: await app.signIn(owner) };
  if (asker.endsWith("token")) {
    const scope = asker === "the owner's read token" ? "read" : "write";
    const { secret } = await createPersonalAccessToken(deps, {
      actor,
      input: { name: scope, scope, expires_at: new Date(Date.now() + 864e5).toISOString() },
    });
    return { ...world, credentials: { Authorization: `Bearer ${secret}` } };
  }
  const other = await addAccount();
  const role = MEMBER_ROLES.find((role) => role === asker);
  if (role) await share(other.email, role);
  return { ...world, credentials: await app.signIn(other) };

  async function addOwned() {
    const signedIn = await app.signIn(owner);
    const made = await app.send("POST", "/api/v1/training/jobs", {
      headers: { ...signedIn, "Content-Type": "application/json" },
      body: JSON.stringify({ ...EXAMPLE, project_id: projectId }),
    });
    const { token } = await createPersonalAccessToken(deps, {
      actor,
      input: {
        name: "kept",
        scope: "read",
        expires_at: new Date(Date.now() + 864e5).toISOString(),
      },
    });
    const [session] = await listSessions(deps, { userId, currentId: "" });
    return { jobId: (await made.json()).id, tokenId: token.id, sessionId: session!.id };
  }
}

async function attempt(asker: Asker, { method, path, rule }: Route): Promise<Outcome> {
  const world = await makeWorld(asker);
  const isApi = path.startsWith("/api/");
  const body = rule.body?.(world);
  const response = await app.send(method, fill(path, world) + (rule.query?.(world) ?? ""), {
    headers: {
      ...world.credentials,
      "Sec-Fetch-Site": "same-origin",
      ...(isApi ? { "Content-Type": "application/json" } : FORM),
    },
    ...(body && {
      body: isApi
        ? JSON.stringify(body)
        : new URLSearchParams(body as Record<string, string>).toString(),
    }),
  });
  const { status } = response;
  const to = response.headers.get("Location") ?? "";
  if (rule.needs === "nobody") return status === 401 ? "asked to sign in" : "let through";
  // Signing out leads there as well.
  const turnedAway = status === 303 && to.startsWith("/login") && path !== "/logout";
  const noSession = path === "/logout" && !world.credentials.Cookie;
  if (status === 401 || turnedAway || (noSession && status === 303)) return "asked to sign in";
  if (status === 403) return "forbidden";
  if (status === 404 && path !== "/datasets/image") return "not found";
  if (status < 400 || path === "/datasets/image") return "let through";
  throw new Error(`${method} ${path} answered ${status} to ${asker}: ${await response.text()}`);
}

function fill(path: string, { projectId, jobId, memberId, tokenId, sessionId }: World): string {
  const [, noun] = /\/(sessions|tokens|jobs|projects)\/:id/.exec(path) ?? [];
  const ids = { sessions: sessionId, tokens: tokenId, jobs: jobId, projects: projectId };
  return path.replace(":id", String(ids[noun as keyof typeof ids]))
    .replace(/:user(_id)?/, String(memberId))
    .replace(":job", String(jobId))
    .replace("*", "app.css");
}

test("the table has every route, and no other", () => {
  const there = app.routes.map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(RULES).sort()).toEqual(there.sort());
});

describe.each(Object.entries(RULES))("%s", (name, rule) => {
  const [method, path] = name.split(" ") as [string, string];
  test("lets through whom it should, and says to the others what it should", async () => {
    const outcomes: Partial<Record<Asker, Outcome>> = {};
    const wanted: Partial<Record<Asker, Outcome>> = {};
    for (const asker of ASKERS) {
      outcomes[asker] = await attempt(asker, { method, path, rule });
      wanted[asker] = expected(asker, { method, path, rule });
    }
    expect(outcomes).toEqual(wanted);
  });
});
