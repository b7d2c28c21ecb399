import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { AuditLog } from "../domain/access/audit.ts";
import type { Sessions } from "../domain/access/session.ts";
import type { PersonalAccessTokens } from "../domain/access/token.ts";
import type { User, Users } from "../domain/access/user.ts";
import type { Datasets } from "../domain/catalog/dataset.ts";
import type { Catalogue } from "../domain/catalog/model.ts";
import type { TrainingJobs } from "../domain/jobs/job.ts";
import type { AccountLimit } from "../domain/kernel/account_limit.ts";
import type { Clock } from "../domain/kernel/actor.ts";
import type { DomainError } from "../domain/kernel/errors.ts";
import type { EventBus } from "../domain/kernel/events.ts";
import type { Log } from "../domain/kernel/log.ts";
import type { OutputDirNames } from "../domain/outputs/output_dir.ts";
import type { OutputOwners } from "../domain/outputs/owner.ts";
import type { OutputRemovals } from "../domain/outputs/removal.ts";
import type { Unsettled } from "../domain/outputs/settle.ts";
import type { Volume } from "../domain/outputs/volume.ts";
import type { ProjectMembers } from "../domain/projects/member.ts";
import type { Projects } from "../domain/projects/project.ts";
import type { Messages, Theme } from "../i18n/messages.ts";
import type { SignInLimit } from "./limits/sign_in_limit.ts";
import type { SignUpLimit } from "./limits/sign_up_limit.ts";
import type { Metrics } from "./middleware/metrics.ts";
import type { StaticFiles } from "./middleware/static_files.ts";
import type { Tokens } from "./session_token.ts";

/**
 * Everything the routes use; `src/compose.ts` creates it. Domain operations do not know this type:
 * each declares only the parts it takes.
 */
export interface AppDeps {
  config: Pick<Config, "signup" | "publicOrigin" | "trustProxy" | "metrics">;
  now: Clock;
  log: Log;
  events: EventBus;
  /** Aborted when the server shuts down; ends open streams. */
  stopping: AbortSignal;
  /** Resolves when the database answers. */
  pingDatabase: () => Promise<void>;

  users: Users;
  sessions: Sessions;
  accessTokens: PersonalAccessTokens;
  auditLog: AuditLog;
  projects: Projects;
  members: ProjectMembers;
  jobs: TrainingJobs;
  owners: OutputOwners;
  removals: OutputRemovals;
  volume: Volume;
  datasets: Datasets;
  models: Catalogue;
  nextOutputDir: OutputDirNames;
  unsettled: Unsettled;

  /** Signs and verifies session tokens. */
  tokens: Tokens;
  signInLimit: SignInLimit;
  signUpLimit: SignUpLimit;
  sharingLimit?: AccountLimit | undefined;
  creationLimit?: AccountLimit | undefined;
  staticFiles: StaticFiles;
  /** Offered on the sign-in page. Development only. */
  demoAccount: { email: string; password: string } | undefined;
  /** Absent unless configured. */
  metrics?: Metrics | undefined;
  onCreated?: (() => void) | undefined;
}

/** The types of Hono's context. */
export interface Env {
  /** `remoteAddr` comes from `Deno.serve`; absent when a test calls the app directly. */
  Bindings: { remoteAddr?: Deno.NetAddr };
  Variables: {
    requestId: string;
    /** Messages in the reader's language; pages only. */
    messages: Messages;
    theme: Theme;
    /** Set by `requireBearer` and `requireSession`. */
    user: User;
    /** Set by `requireSession`, and by `requireBearer` for a session's token; a personal access token
     * has no session. */
    sessionId: string;
    /** Set by `formValidator` and `onRefusal`. */
    showAgain: ShowAgain | undefined;
  };
}

/** Renders a refused form again. `undefined` leaves the answer to the error page. */
export type ShowAgain = (
  c: Context<Env>,
  refusal: Refusal,
) => string | undefined | Promise<string | undefined>;

/** Why a form was refused, in the reader's language, and what was typed. */
export interface Refusal {
  error: DomainError;
  /** The fields as they were sent. */
  form: Record<string, unknown>;
  /** Messages by field. */
  errors: Record<string, string>;
  /** The message of an error that concerns no field. */
  notice: string | undefined;
}
