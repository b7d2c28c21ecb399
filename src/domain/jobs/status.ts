export const STATUSES = ["pending", "running", "completed", "failed", "cancelled"] as const;
export type Status = typeof STATUSES[number];

/** Which status may follow which; the last three are final. */
const TRANSITIONS: Record<Status, readonly Status[]> = {
  pending: ["running", "cancelled"],
  running: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The statuses from which a job may become `to`. */
export function statusesBefore(to: Status): Status[] {
  return STATUSES.filter((from) => TRANSITIONS[from].includes(to));
}

/** Deleting a running job would remove the directory that its trainer writes to. */
export const DELETABLE: readonly Status[] = STATUSES.filter((status) => status !== "running");
