import type { EventBus, EventListener } from "../domain/kernel/events.ts";
import type { Log } from "../domain/kernel/log.ts";

/** Hands events to the listeners in this process, synchronously and in order. A listener that throws
 * is logged and does not keep the event from the others. */
export function createEventBus(log: Log): EventBus {
  const listeners = new Set<EventListener>();

  return {
    publish(events) {
      for (const event of events) each((listener) => listener.onEvent(event));
    },
    publishGap() {
      each((listener) => listener.onGap());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  function each(call: (listener: EventListener) => void): void {
    for (const listener of listeners) {
      try {
        call(listener);
      } catch (error) {
        log.error("a listener to events failed", { error });
      }
    }
  }
}
