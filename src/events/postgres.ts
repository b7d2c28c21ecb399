import postgres from "postgres";
import type { Event, EventBus } from "../domain/kernel/events.ts";
import type { Log } from "../domain/kernel/log.ts";
import type { Service } from "../lifecycle.ts";

/**
 * Receives the events of all servers on one Postgres, this one included, by `LISTEN` on a connection
 * of its own. The database delivers them in the order of the commits. After a lost connection the
 * client connects again by itself; what happened meanwhile is unknown, so listeners are told of a gap.
 */
export function listenForEvents(
  url: string,
  { channel, events, log }: { channel: string; events: EventBus; log: Log },
): Service {
  const client = postgres(url, {
    max: 1,
    connect_timeout: 5,
    keep_alive: 30,
    connection: { application_name: "trainyard events" },
    onnotice: () => {},
  });
  let wasListening = false;

  return {
    name: "events",
    async start() {
      await client.listen(channel, (payload) => {
        const event = parseEvent(payload);
        if (event) events.publish([event]);
        else log.warn("a notice on the event channel is not an event");
      }, () => {
        if (wasListening) events.publishGap();
        wasListening = true;
      });
    },
    stop: () => client.end({ timeout: 1 }),
    stopMs: 1500,
  };
}

/** Anyone with access to the database can send notices: what is not an event is dropped. */
function parseEvent(payload: string): Event | undefined {
  try {
    const event = JSON.parse(payload);
    return typeof event?.type === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
