import { afterEach, expect, test } from "vitest";
import { askThread } from "./thread.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await Deno.remove(folder, { recursive: true });
});

/** A module for a thread, with what it says when it is asked. */
async function moduleThat(answers: string): Promise<URL> {
  const folder = await Deno.makeTempDir();
  folders.push(folder);
  const module = new URL("thread.ts", import.meta.url).href;
  const text = `import { answerInThread } from ${JSON.stringify(module)};\n${answers}`;
  await Deno.writeTextFile(`${folder}/answers.ts`, text);
  return new URL(`file://${folder}/answers.ts`);
}

test("each question gets its own answer, however many come at once", async () => {
  const double = askThread<number, number>(
    await moduleThat("answerInThread((n: number) => 2 * n);"),
  );
  expect(await double(1)).toBe(2);
  // More than one message takes.
  const numbers = Array.from({ length: 100 }, (_, n) => n);
  expect(await Promise.all(numbers.map(double))).toEqual(numbers.map((n) => 2 * n));
});

test("what one question fails with is told to its asker alone, by name, message and code", async () => {
  const open = askThread<string, string>(
    await moduleThat("answerInThread((path: string) => Deno.readTextFileSync(path) && path);"),
  );
  const here = new URL(import.meta.url).pathname;
  const [first, missing, last] = await Promise.allSettled([here, "/none/such", here].map(open));
  expect([first, last]).toEqual(Array(2).fill({ status: "fulfilled", value: here }));
  expect(missing).toMatchObject({
    reason: { name: "NotFound", code: "ENOENT", message: expect.stringContaining("No such file") },
  });
});

test("a thread that ends fails what it was asked, and the next question starts another", async () => {
  const answer = askThread<string, string>(
    await moduleThat(`
      let asked = 0;
      answerInThread((word: string) => {
        if (word === "end") queueMicrotask(() => { throw new Error("it ended"); });
        return word + ++asked;
      });`),
  );
  expect(await answer("a")).toBe("a1");
  await answer("end").catch(() => {});
  // Whether that was answered or not, a thread is there again.
  await expect.poll(() => answer("b").catch((error) => error.message)).toBe("b1");
});

test("a module that cannot be loaded is told of, and nothing hangs", async () => {
  const ask = askThread<number, number>(new URL("file:///none/such.ts"));
  await expect(ask(1)).rejects.toThrow(/a thread has ended/);
  await expect(ask(2)).rejects.toThrow(/a thread has ended/);
});

test("the thread works while others have their turn", async () => {
  const sleep = askThread<number, number>(
    await moduleThat(`
      const cell = new Int32Array(new SharedArrayBuffer(4));
      answerInThread((ms: number) => (Atomics.wait(cell, 0, 0, ms), ms));`),
  );
  await sleep(1);
  let turns = 0;
  const ticking = setInterval(() => turns++, 5);
  await sleep(200);
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(3);
});
