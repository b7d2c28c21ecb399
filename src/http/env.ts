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
 * Everything the routes work with; `src/compose.ts` puts it together. An operation names the few parts
 * it takes, so that this type stays out of the domain.
 */
export interface AppDeps {
  config: Pick<Config, "signup" | "publicOrigin" | "trustProxy" | "metrics">;
  now: Clock;
  log: Log;
  events: EventBus;
  /** Aborted when the server is told to stop: every open stream ends then. */
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

  /** Signs and verifies the tokens of sessions. */
  tokens: Tokens;
  signInLimit: SignInLimit;
  signUpLimit: SignUpLimit;
  sharingLimit?: AccountLimit | undefined;
  creationLimit?: AccountLimit | undefined;
  staticFiles: StaticFiles;
  /** Offered on the sign-in page; in development only. */
  demoAccount: { email: string; password: string } | undefined;
  /** Absent unless configured. */
  metrics?: Metrics | undefined;
  onCreated?: (() => void) | undefined;
}

/** What Hono's context carries along a request. */
export interface Env {
  /** What `Deno.serve` tells of the connection; absent when a test calls the app directly. */
  Bindings: { remoteAddr?: Deno.NetAddr };
  Variables: {
    requestId: string;
    /** The reader's catalogue; pages only. */
    messages: Messages;
    theme: Theme;
    /** Set behind `requireBearer` and `requireSession`. */
    user: User;
    /** Set behind `requireSession` and `requireSignIn`; a personal access token has no session. */
    sessionId: string;
  };
}
