import { afterEach, describe, expect, test, vi } from "vitest";
import { createLifecycle, periodic, type Service } from "./lifecycle.ts";

const logged: string[] = [];
const at = (level: string) => (message: string, fields: Record<string, unknown> = {}) =>
  void logged.push(`${level}: ${message}: ${fields.service}`);
const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

afterEach(() => {
  logged.length = 0;
  vi.useRealTimers();
});

/** A service that notes what it was asked for. */
function noting(name: string, calls: string[], changes: Partial<Service> = {}): Service {
  return {
    name,
    start: () => void calls.push(`start ${name}`),
    stop: () => void calls.push(`stop ${name}`),
    stopMs: 50,
    ...changes,
  };
}

const never = () => new Promise<void>(() => {});

describe("a lifecycle", () => {
  test("starts services in order and stops them in reverse", async () => {
    const calls: string[] = [];
    const services = ["database", "timers", "HTTP"].map((name) => noting(name, calls));
    const lifecycle = createLifecycle(services, { log });
    await lifecycle.start();
    await lifecycle.stop();
    expect(calls).toEqual([
      "start database",
      "start timers",
      "start HTTP",
      "stop HTTP",
      "stop timers",
      "stop database",
    ]);
    expect(logged).toEqual([]);
  });

  test("stops once, however often it is asked", async () => {
    const calls: string[] = [];
    const lifecycle = createLifecycle([noting("a", calls)], { log });
    await lifecycle.start();
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(calls).toEqual(["start a", "stop a"]);
  });

  test("gives up on a service at its deadline, and stops the others all the same", async () => {
    const calls: string[] = [];
    const lifecycle = createLifecycle(
      [noting("database", calls), noting("stuck", calls, { stop: never })],
      { log },
    );
    await lifecycle.start();
    await lifecycle.stop();
    expect(calls.at(-1)).toBe("stop database");
    expect(logged).toEqual(["warn: a service did not stop in time: stuck"]);
  });

  test("stops the others when one throws while it stops", async () => {
    const calls: string[] = [];
    const failing = noting("failing", calls, { stop: () => Promise.reject(new Error("no")) });
    const lifecycle = createLifecycle([noting("database", calls), failing], { log });
    await lifecycle.start();
    await lifecycle.stop();
    expect(calls.at(-1)).toBe("stop database");
    expect(logged).toHaveLength(1);
  });

  test("stops what it has started when a start fails, and throws the reason", async () => {
    const calls: string[] = [];
    const failing = noting("failing", calls, { start: () => Promise.reject(new Error("no port")) });
    const lifecycle = createLifecycle(
      [noting("database", calls), failing, noting("HTTP", calls)],
      { log },
    );
    await expect(lifecycle.start()).rejects.toThrow("no port");
    expect(calls).toEqual(["start database", "stop failing", "stop database"]);
  });

  test("starts nothing more once it was told to stop", async () => {
    const calls: string[] = [];
    const { promise: slowStart, resolve } = Promise.withResolvers<void>();
    const lifecycle = createLifecycle(
      [noting("slow", calls, { start: () => slowStart }), noting("HTTP", calls)],
      { log },
    );
    const starting = lifecycle.start();
    const stopping = lifecycle.stop();
    resolve();
    await Promise.all([starting, stopping]);
    expect(calls).toEqual(["stop slow"]);
  });
});

describe("periodic work", () => {
  test("runs after its first delays, then at its period, until it is stopped", async () => {
    vi.useFakeTimers();
    let runs = 0;
    const service = periodic(
      { name: "work", everyMs: 1000, firstMs: [0, 10], log },
      () => Promise.resolve(void runs++),
    );
    service.start!();
    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(runs).toBe(2);
    await vi.advanceTimersByTimeAsync(999);
    expect(runs).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toBe(3);
    await service.stop!();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(3);
  });

  test("never overlaps itself, and stop waits for the run under way", async () => {
    let running = 0;
    let most = 0;
    let ended = 0;
    const service = periodic({ name: "work", everyMs: 1, log }, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      ended++;
    });
    service.start!();
    await vi.waitUntil(() => ended >= 2 && running === 1, { interval: 1 });
    const before = ended;
    await service.stop!();
    expect({ most, running, ended }).toEqual({ most: 1, running: 0, ended: before + 1 });
  });

  test("goes on after a failure", async () => {
    let runs = 0;
    const service = periodic({ name: "work", everyMs: 1, log }, () => {
      runs++;
      return Promise.reject(new Error("away"));
    });
    service.start!();
    await vi.waitUntil(() => runs >= 3, { interval: 1 });
    await service.stop!();
    expect(logged[0]).toBe("warn: periodic work failed; it is tried again: work");
  });
});
