import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Disk, mountDisk } from "../../tests/support/mounts.ts";
import { bytes, streamOf } from "../../tests/conformance/volume/fresh.ts";
import { boundCalls } from "./calls.ts";
import { openLocalVolume } from "./local.ts";

const DIRECTORY = "outputs/1/20240118_153000_m";

describe("calls of a disk", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Operations of one call each, which end when told to. */
  function stalling({ slots }: { slots: number }) {
    const run = boundCalls({ slots, deadlineMs: 1000 });
    const calls: (() => void)[] = [];
    const late: number[] = [];
    const outcomes: string[] = [];
    const ask = (id: number) =>
      run((call) =>
        call(async () => {
          await new Promise<void>((resolve) => calls.push(resolve));
          return id;
        }), (id) => late.push(id))
        .then((id) => `${id}`, (error: Error) => error.message)
        .then((outcome) => outcomes.push(outcome));
    return { run, ask, calls, late, outcomes };
  }
  const NO_ANSWER = "the file system did not answer in time";
  /** Lets what has been resolved be heard of. */
  const settle = () => vi.advanceTimersByTimeAsync(0);

  test("beyond the bound wait for one before them, in order", async () => {
    const { ask, calls, outcomes } = stalling({ slots: 2 });
    for (const id of [1, 2, 3, 4]) ask(id);
    await settle();
    expect(calls).toHaveLength(2);
    calls[1]!();
    await settle();
    expect(outcomes).toEqual(["2"]);
    expect(calls).toHaveLength(3);
    for (let i = 0; i < 4; i++) {
      calls[i]?.();
      await settle();
    }
    expect(outcomes).toEqual(["2", "1", "3", "4"]);
  });

  test("that are overdue fail, those that wait for them too, and new ones at once", async () => {
    const { ask, calls, outcomes } = stalling({ slots: 2 });
    for (const id of [1, 2, 3]) ask(id);
    await vi.advanceTimersByTimeAsync(999);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcomes).toEqual([NO_ANSWER, NO_ANSWER, NO_ANSWER]);
    ask(4);
    await settle();
    expect(outcomes).toHaveLength(4);
    // None of the later ones has ever been started.
    expect(calls).toHaveLength(2);
  });

  test("work again when the disk does, and hand over what came late", async () => {
    const { ask, calls, late, outcomes } = stalling({ slots: 2 });
    for (const id of [1, 2, 3]) ask(id);
    await vi.advanceTimersByTimeAsync(1000);
    calls[0]!();
    await settle();
    expect(late).toEqual([1]);
    ask(5);
    await settle();
    calls[2]!();
    await settle();
    expect(outcomes.at(-1)).toBe("5");
    calls[1]!();
    await settle();
    expect(late).toEqual([1, 2]);
    expect(calls).toHaveLength(3);
  });

  test("go on in the other slots while some are overdue", async () => {
    const { ask, calls, outcomes } = stalling({ slots: 3 });
    for (const id of [1, 2]) ask(id);
    await vi.advanceTimersByTimeAsync(1000);
    for (const id of [3, 4]) {
      ask(id);
      await settle();
      calls.at(-1)!();
      await settle();
    }
    expect(outcomes).toEqual([NO_ANSWER, NO_ANSWER, "3", "4"]);
  });

  test("of an operation after a late one throw, so that it can clean up", async () => {
    const run = boundCalls({ slots: 2, deadlineMs: 1000 });
    const steps: string[] = [];
    const blocked = Promise.withResolvers<void>();
    const running = run(async (call) => {
      try {
        steps.push(await call(() => blocked.promise.then(() => "opened")));
        await call(() => Promise.resolve(steps.push("written")));
      } finally {
        steps.push("closed");
      }
    }).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await running).toBe(NO_ANSWER);
    expect(steps).toEqual([]);
    blocked.resolve();
    await settle();
    expect(steps).toEqual(["opened", "closed"]);
  });

  test("have their own deadline each: an operation of many may take longer", async () => {
    const run = boundCalls({ slots: 1, deadlineMs: 1000 });
    const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const running = run(async (call) => {
      for (let i = 0; i < 5; i++) await call(() => delay(900));
      await call(() => delay(4000), 5000);
      return "done";
    });
    await vi.advanceTimersByTimeAsync(9000);
    expect(await running).toBe("done");
  });

  test("that fail give back their slot", async () => {
    const run = boundCalls({ slots: 1, deadlineMs: 1000 });
    for (let i = 0; i < 3; i++) {
      await expect(run((call) => call(() => Promise.reject(new Error("no"))))).rejects.toThrow(
        "no",
      );
    }
    expect(await run((call) => call(() => Promise.resolve(1)))).toBe(1);
  });
});

describe("a disk that stalls", () => {
  const LIMITS = { slots: 3, callMs: 300, transferMs: 600 };

  async function onDisk(
    context: { skip: (reason: string) => void },
    work: (place: { disk: Disk; root: string }) => Promise<void>,
  ) {
    const folder = await Deno.makeTempDir();
    const root = join(folder, "outputs");
    const mounted = await mountDisk(root);
    if (typeof mounted === "string") return context.skip(mounted);
    await using disk = mounted;
    await work({ disk, root });
  }

  /** How it ended, and after how many milliseconds. */
  async function timed(work: Promise<unknown>) {
    const begin = performance.now();
    const outcome = await work.then((value) => value, (error) => error.code ?? String(error));
    return { outcome, ms: performance.now() - begin };
  }

  const namesIn = async (folder: string) =>
    (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
      .filter((name) => name !== "lost+found").sort();

  test("is unavailable in time, then at once; it recovers, and nothing is left", async (context) => {
    await onDisk(context, async ({ disk, root }) => {
      const volume = openLocalVolume(root, LIMITS);
      await volume.reserve(DIRECTORY);
      const write = () =>
        volume.write(DIRECTORY, { path: "logs/a.txt", content: streamOf([bytes(1000)]) });
      await write();
      await disk.freeze();
      const first = await Promise.all([
        ...Array.from({ length: 8 }, (_, i) => timed(volume.reserve(`${DIRECTORY}_${i + 2}`))),
        ...Array.from({ length: 4 }, () => timed(write())),
      ]);
      for (const { outcome, ms } of first) {
        expect(outcome).toBe("unavailable");
        expect(ms).toBeLessThan(2000);
      }
      const calls = [
        () => volume.reserve(`${DIRECTORY}_99`),
        () => volume.list(DIRECTORY),
        () => volume.read(DIRECTORY, "logs/a.txt"),
        () => volume.ping(),
        write,
      ];
      for (const call of calls) {
        const { outcome, ms } = await timed(call());
        expect(outcome).toBe("unavailable");
        expect(ms).toBeLessThan(LIMITS.callMs);
      }
      await disk.thaw();
      await expect.poll(() => volume.reserve(`${DIRECTORY}_100`).catch(() => false)).toBe(true);
      // What was cut off is cleaned up behind the callers' backs.
      await expect.poll(() => namesIn(root)).toEqual(["1"]);
      await expect.poll(() => namesIn(join(root, "1")))
        .toEqual(["20240118_153000_m", "20240118_153000_m_100"]);
      expect(await write()).toBe(1000);
    });
  });

  test("in the middle of a write fails it, and recovers", async (context) => {
    await onDisk(context, async ({ disk, root }) => {
      const volume = openLocalVolume(root, LIMITS);
      await volume.reserve(DIRECTORY);
      const content = ReadableStream.from((async function* () {
        yield bytes(1000);
        await disk.freeze();
        yield bytes(1000);
        yield bytes(1000);
      })());
      const { outcome, ms } = await timed(volume.write(DIRECTORY, { path: "logs/a.txt", content }));
      expect(outcome).toBe("unavailable");
      expect(ms).toBeLessThan(3000);
      await disk.thaw();
      await expect.poll(() => namesIn(root)).toEqual(["1"]);
      expect(await volume.read(DIRECTORY, "logs/a.txt")).toBeUndefined();
      expect(await volume.write(DIRECTORY, { path: "logs/a.txt", content: streamOf([bytes(5)]) }))
        .toBe(5);
    });
  });
});
