import type { Config } from "../config.ts";
import type { Deps } from "../domain/kernel/deps.ts";
import type { User } from "../domain/access/user.ts";
import type { Messages, Theme } from "../i18n/messages.ts";
import type { Metrics } from "./middleware/metrics.ts";
import type { SignInLimit } from "./limits/sign_in_limit.ts";
import type { SignUpLimit } from "./limits/sign_up_limit.ts";
import type { StaticFiles } from "./middleware/static_files.ts";
import type { Tokens } from "./session_token.ts";

/** What the routes work with: the operations' dependencies and those of HTTP itself. */
export interface AppDeps extends Deps {
  config: Pick<Config, "signup" | "publicOrigin" | "trustProxy" | "metrics">;
  /** Offered on the sign-in page; in development only. */
  demoAccount: { email: string; password: string } | undefined;
  tokens: Tokens;
  signInLimit: SignInLimit;
  signUpLimit: SignUpLimit;
  /** Absent unless they were configured. */
  metrics?: Metrics | undefined;
  staticFiles: StaticFiles;
  /** Whether the server was told to stop: it finishes what it has, and reads no more. */
  isStopping: () => boolean;
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
