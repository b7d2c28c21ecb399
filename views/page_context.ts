import type { User } from "../src/domain/access/user.ts";
import type { Messages, Theme } from "../src/i18n/messages.ts";

/** What every page is given about the request it answers. */
export interface PageContext {
  messages: Messages;
  user: User | undefined;
  /** Path and query: where to return after a change of language or theme. */
  path: string;
  theme: Theme;
  now: Date;
  /** The URL of a file in `static/`. */
  asset: (name: string) => string;
}
