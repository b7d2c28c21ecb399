/**
 * Kinds of events with their facts. Each noun adds its own by declaration merging, so that this file
 * knows none of them. Events are hints: they carry ids and positions, and a listener reads the
 * current state.
 */
// deno-lint-ignore no-empty-interface -- nouns add members
export interface Events {}

/** One change, published after its commit: `{ type: "job.changed", project_id: 1, job_id: 7 }`. */
export type Event = { [K in keyof Events]: { type: K } & Events[K] }[keyof Events];

export interface EventListener {
  /** Called in the order of the commits. Must not block: it notes what to read and returns. */
  onEvent(event: Event): void;
  /** Events may have been missed (a lost connection): read everything that is shown again. */
  onGap(): void;
}

export interface EventBus {
  publish(events: readonly Event[]): void;
  publishGap(): void;
  /** Answers how to unsubscribe. */
  subscribe(listener: EventListener): () => void;
}
