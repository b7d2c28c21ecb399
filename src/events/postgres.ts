import postgres from "postgres";
import { StartupError } from "../domain/kernel/errors.ts";
import type { Event, EventBus } from "../domain/kernel/events.ts";
import type { Log } from "../domain/kernel/log.ts";
import type { Service } from "../lifecycle.ts";

/** Between two tries to connect again. */
const RETRY_SECONDS = 0.5;

/**
 * Receives the events of all servers on one Postgres, this one included, by `LISTEN` on a connection
 * of its own. The database delivers them in the order of the commits. After a lost connection the
 * client connects and listens again by itself; what happened meanwhile is unknown, so listeners are
 * told of a gap.
 */
export function listenForEvents(
  url: string,
  { channel, events, log }: { channel: string; events: EventBus; log: Log },
): Service {
  const client = postgres(url, {
    max: 1,
    connect_timeout: 5,
    keep_alive: 30,
    backoff: () => RETRY_SECONDS,
    connection: { application_name: "trainyard events" },
    onnotice: () => {},
  });
  let wasListening = false;

  return {
    name: "events",
    async start() {
      try {
        await client.listen(channel, receive, onListening);
      } catch (cause) {
        await client.end({ timeout: 0 });
        throw new StartupError("DATABASE_URL: cannot listen for events on this Postgres", {
          cause,
        });
      }
    },
    stop: () => client.end({ timeout: 1 }),
    stopMs: 1500,
  };

  function onListening(): void {
    if (wasListening) events.publishGap();
    wasListening = true;
  }

  function receive(payload: string): void {
    const event = parseEvent(payload);
    if (event) events.publish([event]);
    else log.warn("a notice on the event channel is not an event");
  }
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
