import type { Action } from "../../domain/access/audit.ts";
import type { Scope } from "../../domain/access/token.ts";

export interface AccessMessages {
  account: {
    signIn: string;
    signUp: string;
    signOut: string;
    setUp: string;
    setUpIntro: string;
    signInDemo: string;
    noAccount: string;
    haveAccount: string;
    fullNameOptional: string;
    passwordHint: string;
    showPassword: string;
    tagline: string;
  };
  accountSettings: {
    title: string;
    since: (date: string) => string;
    password: string;
    passwordSubmit: string;
    passwordHint: string;
    sessions: string;
    sessionsHint: string;
    thisSession: string;
    unknownClient: string;
    signedIn: string;
    lastSeen: string;
    endSession: string;
    endSessionOf: (client: string) => string;
    endOthers: string;
    tokens: string;
    tokensHint: string;
    tokensEmpty: string;
    tokenName: string;
    tokenNameHint: string;
    scopes: Record<Scope, string>;
    lifetime: string;
    days: (count: number) => string;
    untilDate: string;
    lastDay: string;
    createToken: string;
    tokenCreated: (name: string) => string;
    tokenOnce: string;
    newToken: string;
    copy: string;
    copied: string;
    tryIt: string;
    expires: (date: string) => string;
    expired: (date: string) => string;
    lastUsed: string;
    neverUsed: string;
    revoke: string;
    revokeOf: (name: string) => string;
    from: (address: string) => string;
    /** Keyed by the page's `done` query parameter. */
    done: Record<"password" | "session" | "others" | "token", string>;
  };
  /** The audit log. */
  activity: {
    title: string;
    hint: string;
    empty: string;
    ofAccount: string;
    ofAccountHint: string;
    /** `detail` is a status, role or scope in this language, a project's new name, or empty. */
    actions: Record<Action, (facts: { subject: string; detail: string }) => string>;
  };
}
