import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderOf } from "../tests/support/dataset_folders.ts";
import { DomainError } from "./domain/kernel/errors.ts";
import { openWorker, type WorkerClient } from "./worker_client.ts";

const UNAVAILABLE = { code: "unavailable", problem: { key: "unavailable", what: "datasets" } };
const IN_TIME = { deadlineMs: 20_000 };

type TestMethods = {
  /** How often this worker was asked this. */
  count(): Promise<number>;
  echo(text: string, afterMs: number): Promise<string>;
  bytes(): Promise<{ bytes: Uint8Array }>;
  bytesLeft(): Promise<number>;
  fail(how: "domain" | "type" | "text"): Promise<void>;
  read(path: string): Promise<string>;
  block(): Promise<void>;
  fillMemory(): Promise<void>;
  crash(): Promise<void>;
};

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
const MODULE = `
  import { answerInWorker } from ${here("./worker_answer.ts")};
  import { invalid } from ${here("./domain/kernel/errors.ts")};
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const bytes = new Uint8Array([7, 8, 9]);
  let counted = 0;
  answerInWorker({
    count: async () => ++counted,
    echo: async (text, afterMs) => (await wait(afterMs), text),
    bytes: async () => ({ bytes }),
    bytesLeft: async () => bytes.byteLength,
    fail: async (how) => {
      if (how === "text") throw "only text";
      if (how === "type") throw new TypeError("a bug");
      throw invalid({ field: "path", problem: { key: "dataset_not_found", dataset_path: "x" } });
    },
    read: (path) => Deno.readTextFile(path),
    block: async () => { while (true); },
    fillMemory: async () => {
      const rows = "0 0.5 0.5 0.1 0.1\\n".repeat(1e5);
      const all = [];
      while (true) all.push(await rows.split("\\n").map((row) => row.split(" ")));
    },
    crash: async () => {
      setTimeout(() => { throw new Error("the worker has a bug"); });
      await wait(60_000);
    },
  });
`;

async function moduleOf(text: string): Promise<URL> {
  return new URL(`file://${await folderOf({ "worker.ts": text })}/worker.ts`);
}

async function opened(): Promise<WorkerClient<TestMethods>> {
  const options = { what: "datasets", heapMb: 100 } as const;
  const worker = openWorker<TestMethods>(await moduleOf(MODULE), options);
  onTestFinished(() => worker.close());
  return worker;
}

/** A pipe: opening it for reading waits for a writer. Lets readers go when the test ends. */
async function pipe(): Promise<string> {
  const path = join(await folderOf({}), "pipe");
  await new Deno.Command("mkfifo", { args: [path] }).output();
  onTestFinished(async () => (await Deno.open(path, { read: true, write: true })).close());
  return path;
}

describe("a question", () => {
  test("does not wait for the answers of earlier ones", async () => {
    const worker = await opened();
    const order: string[] = [];
    await Promise.all(["slow", "quick"].map(async (text) => {
      order.push(await worker.ask("echo", [text, text === "slow" ? 300 : 0], IN_TIME));
    }));
    expect(order).toEqual(["quick", "slow"]);
  });

  test("rejects with the DomainError that was thrown", async () => {
    const worker = await opened();
    const error = await worker.ask("fail", ["domain"], IN_TIME).catch((error) => error);
    expect(error).toBeInstanceOf(DomainError);
    const problem = { key: "dataset_not_found", dataset_path: "x" };
    expect(error).toMatchObject({
      code: "invalid",
      problem,
      fields: [{ field: "path", problem }],
    });
  });

  test("rejects with the name, message and stack of another error", async () => {
    const worker = await opened();
    await expect(worker.ask("fail", ["type"], IN_TIME)).rejects.toMatchObject({
      name: "TypeError",
      message: "a bug",
      stack: expect.stringContaining("worker.ts"),
    });
    await expect(worker.ask("fail", ["text"], IN_TIME)).rejects.toThrow("only text");
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
  });

  test("moves the bytes of its answer", async () => {
    const worker = await opened();
    const { bytes } = await worker.ask("bytes", [], IN_TIME);
    expect([...bytes]).toEqual([7, 8, 9]);
    expect(await worker.ask("bytesLeft", [], IN_TIME)).toBe(0);
  });
});

describe("a worker", () => {
  test("that crashes fails what it was asked, and the next question starts another", async () => {
    const worker = await opened();
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
    const waiting = worker.ask("echo", ["never", 60_000], IN_TIME);
    const outcomes = await Promise.allSettled([worker.ask("crash", [], IN_TIME), waiting]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: UNAVAILABLE });
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
  });

  test("that cannot be loaded fails each question", async () => {
    for (const text of ["import './missing.ts';", "syntax error"]) {
      const worker = openWorker<TestMethods>(await moduleOf(text), {
        what: "datasets",
        heapMb: 100,
      });
      for (let i = 0; i < 2; i++) {
        await expect(worker.ask("count", [], IN_TIME)).rejects.toMatchObject(UNAVAILABLE);
      }
    }
  });

  test("that runs out of memory does not end the process, and is replaced", async () => {
    // The process has room for twice as much: a worker without a limit of its own would end it.
    const outcome = await run(
      `
      console.log(await worker.ask("fillMemory", [], { deadlineMs: 5_000 }).catch(({ code }) => code));
      console.log(await worker.ask("count", [], { deadlineMs: 20_000 }));`,
      ["--v8-flags=--max-old-space-size=100"],
    );
    expect(outcome).toEqual({ code: 0, stdout: "unavailable\n1\n" });
  });

  test("that is blocked is replaced when a deadline passes", async () => {
    const worker = await opened();
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
    await expect(worker.ask("block", [], { deadlineMs: 200 })).rejects.toMatchObject(UNAVAILABLE);
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
  });

  test("that reads a pipe answers others, and is replaced when the deadline passes", async () => {
    const worker = await opened();
    const reading = worker.ask("read", [await pipe()], { deadlineMs: 3_000 });
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
    const slow = worker.ask("echo", ["asked of the first worker", 3_500], IN_TIME);
    await expect(reading).rejects.toMatchObject(UNAVAILABLE);
    expect(await worker.ask("count", [], IN_TIME)).toBe(1);
    expect(await slow).toBe("asked of the first worker");
  });

  test("with every file thread stuck in a pipe is replaced", async () => {
    const worker = await opened();
    const path = await pipe();
    const reads = Array.from({ length: 60 }, () => worker.ask("read", [path], { deadlineMs: 500 }));
    const file = join(await folderOf({ "file.txt": "text" }), "file.txt");
    const outcomes = await Promise.allSettled(reads);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: UNAVAILABLE });
    expect(await worker.ask("read", [file], IN_TIME)).toBe("text");
  });

  test("that is closed fails what is under way and what is asked later", async () => {
    const worker = await opened();
    worker.start();
    const waiting = worker.ask("echo", ["never", 60_000], IN_TIME);
    const outcome = expect(waiting).rejects.toMatchObject(UNAVAILABLE);
    await worker.close();
    await outcome;
    await expect(worker.ask("count", [], IN_TIME)).rejects.toMatchObject(UNAVAILABLE);
  });

  test("keeps the process alive until it has answered, and no longer", async () => {
    const outcome = await run(`
      console.log(await worker.ask("echo", ["answered", 500], { deadlineMs: 20_000 }));`);
    expect(outcome).toEqual({ code: 0, stdout: "answered\n" });
  });
});

/** Runs a script that has a `worker` in a process of its own, with the server's permissions. */
async function run(script: string, flags: string[] = []) {
  const file = await moduleOf(`
    import { openWorker } from ${here("./worker_client.ts")};
    const module = new URL(${JSON.stringify((await moduleOf(MODULE)).href)});
    const worker = openWorker(module, { what: "datasets", heapMb: 50 });
    ${script}`);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "-RWNES", "--allow-ffi", file.pathname],
    signal: AbortSignal.timeout(25_000),
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}
