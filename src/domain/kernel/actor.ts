/** Where a request came from. */
export interface Origin {
  address: string;
  request_id: string;
}

/** A signed-in person. Without an origin no request stands behind what they do. */
export interface UserActor {
  kind: "user";
  id: number;
  origin?: Origin | undefined;
}

/** A program that executes training, by the id of its registration. */
export interface RunnerActor {
  kind: "runner";
  id: number;
  origin?: Origin | undefined;
}

/** The server itself: housekeeping, demo data, scripts. */
export interface SystemActor {
  kind: "system";
  origin?: undefined;
}

/** Who changes something. The audit log records it with the change. */
export type Actor = UserActor | RunnerActor | SystemActor;

export const SYSTEM: SystemActor = { kind: "system" };

/** Who makes a change, and when (RFC 3339, UTC). Every write of the storage takes one. */
export interface Change<A extends Actor = Actor> {
  actor: A;
  now: string;
}

/** Reads the time once per operation; tests set it. */
export type Clock = () => Date;
