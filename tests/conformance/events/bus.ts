import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Event, EventBus } from "../../../src/domain/kernel/events.ts";

export interface OpenBus {
  /** Where listeners subscribe. */
  bus: EventBus;
  /** Commits a change of project `id` that publishes `project.changed`. */
  change(id: number): Promise<void>;
  close(): Promise<void>;
}

const event = (id: number): Event => ({ type: "project.changed", project_id: id });

/** The contract of the event bus, in memory and through Postgres. */
export function busConformance(name: string, open: () => Promise<OpenBus>): void {
  describe(`event bus conformance: ${name}`, () => {
    let opened: OpenBus;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    function listen(onEvent?: () => void) {
      const heard: (Event | "gap")[] = [];
      const stop = opened.bus.subscribe({
        onEvent(event) {
          heard.push(event);
          onEvent?.();
        },
        onGap: () => void heard.push("gap"),
      });
      return { heard, stop };
    }

    test("every listener hears every change, in the order of the commits", async () => {
      const [one, other] = [listen(), listen()];
      for (let id = 1; id <= 20; id++) await opened.change(id);
      const expected = Array.from({ length: 20 }, (_, index) => event(index + 1));
      await expect.poll(() => one.heard).toEqual(expected);
      expect(other.heard).toEqual(expected);
    });

    test("a listener that throws keeps nothing from the others", async () => {
      listen(() => {
        throw new Error("a mistake in a listener");
      });
      const { heard } = listen();
      await opened.change(1);
      await opened.change(2);
      await expect.poll(() => heard).toEqual([event(1), event(2)]);
    });

    test("after unsubscribing nothing is heard", async () => {
      const { heard, stop } = listen();
      const other = listen();
      await opened.change(1);
      await expect.poll(() => heard).toEqual([event(1)]);
      stop();
      await opened.change(2);
      await expect.poll(() => other.heard).toEqual([event(1), event(2)]);
      expect(heard).toEqual([event(1)]);
    });

    test("a gap reaches every listener", () => {
      const { heard } = listen();
      opened.bus.publishGap();
      expect(heard).toEqual(["gap"]);
    });
  });
}
