import { expect, test } from "vitest";
import { type Api, apiWith, DATASETS, request, signInApi } from "../support/api.ts";
import { openGate } from "../support/gate.ts";
import { openPages } from "../support/pages.ts";
import { openPlace, type Place } from "../support/place.ts";
import { type Server, startServer } from "../support/server.ts";
import { mountDisk, mountTmpfs } from "../support/mounts.ts";

const JOBS = "/api/v1/training/jobs";
const INPUT = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
const INSIDE = ["checkpoints", "logs", "results"];

const create = (api: Api) => api.send("POST", JOBS, { json: INPUT });

/** Creates until it is refused, which must come; answers what was promised. */
async function createUntilRefused(api: Api, detail: string): Promise<string[]> {
  const promised: string[] = [];
  while (promised.length < 1000) {
    const { status, body } = await create(api);
    if (status === 201) promised.push(body.output_dir);
    else {
      expect({ status, detail: body.detail }).toEqual({ status: 503, detail });
      return promised;
    }
  }
  throw new Error("it was never refused");
}

/** Lists, a project and its page, as people go on reading them. */
async function expectReadable(server: Server, api: Api): Promise<void> {
  const Cookie = await cookieOf(server);
  const page = await request(server, { method: "GET", path: "/projects/1", headers: { Cookie } });
  expect(page.status).toBe(200);
  for (const path of [JOBS, "/api/v1/projects/1"]) {
    expect((await api.send("GET", path)).status, path).toBe(200);
  }
}

const cookies = new WeakMap<Server, Promise<string>>();

/** Signs in once a server. */
function cookieOf(server: Server): Promise<string> {
  const known = cookies.get(server) ?? openPages(server).then(({ cookie }) => cookie);
  cookies.set(server, known);
  return known;
}

/** Once the server has stopped: a row for everything promised, and directories for rows alone. */
async function expectWhole(place: Place, promised: string[]): Promise<void> {
  const rows = await place.sql("select output_dir from training_jobs");
  const names = rows.map(({ output_dir }) => String(output_dir)).sort();
  expect(names).toEqual(expect.arrayContaining(promised));
  const directories = await place.outputDirs();
  expect([...directories.keys()].sort()).toEqual(names);
  for (const name of names) expect(directories.get(name), name).toEqual(INSIDE);
}

const VOLUME_DOWN = "The output volume is unavailable; try again soon";
const DATABASE_DOWN = "The database is unavailable; try again soon";

test("a volume that is full, then read-only: refusals leave nothing, reading goes on", async (context) => {
  const place = await openPlace();
  const mounted = await mountTmpfs(`${place.folder}/outputs`, "size=1m,nr_inodes=48");
  if (typeof mounted === "string") return context.skip(mounted);
  await using disk = mounted;
  await using server = await startServer({ place, datasets: DATASETS });
  const api = await signInApi(server);
  await expectReadable(server, api);
  const promised = await createUntilRefused(api, VOLUME_DOWN);
  expect(promised.length).toBeGreaterThan(3);
  await expectReadable(server, api);

  await disk.remount("nr_inodes=1000");
  const { body } = await create(api);
  expect(body.output_dir).toMatch(/^outputs/);

  await disk.remount("ro");
  expect(await createUntilRefused(api, VOLUME_DOWN)).toEqual([]);
  expect(await request(server, { method: "GET", path: "/readyz" }))
    .toMatchObject({ status: 503, body: { database: "ok", volume: "unavailable" } });
  await expectReadable(server, api);
  // A row can go while its directory cannot: it goes when the volume is back.
  expect((await api.send("DELETE", `${JOBS}/${body.id}`)).status).toBe(204);
  await disk.remount("rw");
  const last = await create(api);
  expect(last.status).toBe(201);
  await server.stop();
  const directories = await place.outputDirs();
  expect(directories.has(body.output_dir)).toBe(true);
  await Deno.remove(`${place.folder}/${body.output_dir}`, { recursive: true });
  await expectWhole(place, [...promised, last.body.output_dir]);
});

test("a database whose disk is full: refusals leave nothing, and it recovers by itself", async (context) => {
  const place = await openPlace();
  const mounted = await mountTmpfs(`${place.folder}/data`, "size=2m");
  if (typeof mounted === "string") return context.skip(mounted);
  await using disk = mounted;
  const env = { DATABASE_URL: `file:${place.folder}/data/trainyard.db` };
  await using server = await startServer({ place, datasets: DATASETS, env });
  const api = await signInApi(server);
  await expectReadable(server, api);
  const promised = await createUntilRefused(api, DATABASE_DOWN);
  expect(promised.length).toBeGreaterThan(3);
  await expectReadable(server, api);
  await disk.remount("size=50m");
  const { status, body } = await create(api);
  expect(status).toBe(201);
  await server.stop();
  // Away from the small disk, where it can be opened.
  await Deno.copyFile(`${place.folder}/data/trainyard.db`, `${place.folder}/trainyard.db`);
  await Deno.copyFile(`${place.folder}/data/trainyard.db-wal`, `${place.folder}/trainyard.db-wal`)
    .catch(() => {});
  await expectWhole(place, [...promised, body.output_dir]);
});

test("a disk that stalls delays creations alone, and they end well", async (context) => {
  const place = await openPlace();
  const mounted = await mountDisk(`${place.folder}/outputs`);
  if (typeof mounted === "string") return context.skip(mounted);
  await using disk = mounted;
  await using server = await startServer({ place, datasets: DATASETS });
  const api = await signInApi(server);
  await expectReadable(server, api);
  const first = await create(api);
  expect(first.status).toBe(201);

  await disk.freeze();
  let answered = 0;
  const creations = Array.from({ length: 8 }, () => create(api).finally(() => answered++));
  const begin = performance.now();
  while (performance.now() - begin < 3000) await expectReadable(server, api);
  // What is written to the database alone goes on as well.
  expect((await api.send("POST", "/api/v1/projects", { json: { name: "New" } })).status).toBe(201);
  expect(answered).toBe(0);
  await disk.thaw();
  const answers = await Promise.all(creations);
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
  await server.stop();
  const promised = [first, ...answers].map(({ body }) => body.output_dir);
  const directories = await place.outputDirs();
  directories.delete("outputs/lost+found");
  for (const name of promised) expect(directories.get(name), name).toEqual(INSIDE);
});

/** Longer than the ten seconds that the volume gives a call of the file system, on a loaded machine too. */
const STALL_MS = 30_000;

test(
  "a disk that stalls for long costs 503, soon at once, and recovers by itself",
  async (context) => {
    const place = await openPlace();
    const mounted = await mountDisk(`${place.folder}/outputs`);
    if (typeof mounted === "string") return context.skip(mounted);
    await using disk = mounted;
    await using server = await startServer({ place, datasets: DATASETS });
    const api = await signInApi(server);
    const first = await create(api);
    expect(first.status).toBe(201);

    await disk.freeze();
    const begin = performance.now();
    // More than the runtime has threads for.
    const creations = Promise.all(Array.from({ length: 60 }, () => create(api)));
    let isDone = false;
    creations.finally(() => isDone = true);
    while (!isDone) {
      const asked = performance.now();
      // Passwords are hashed in the same threads: without any left, this would wait for the thaw.
      await signInApi(server);
      await expectReadable(server, api);
      expect(performance.now() - asked).toBeLessThan(STALL_MS);
    }
    for (const { status, body } of await creations) {
      expect({ status, detail: body.detail }).toEqual({ status: 503, detail: VOLUME_DOWN });
    }
    expect(performance.now() - begin).toBeLessThan(STALL_MS);
    const again = performance.now();
    expect((await create(api)).status).toBe(503);
    expect(await request(server, { method: "GET", path: "/readyz" }))
      .toMatchObject({ status: 503, body: { database: "ok", volume: "unavailable" } });
    expect(performance.now() - again).toBeLessThan(2000);

    await disk.thaw();
    await expect.poll(async () => (await create(api)).status).toBe(201);
    await server.stop();
    await Deno.remove(`${place.folder}/outputs/lost+found`);
    await expectWhole(place, [first.body.output_dir]);
  },
  3 * STALL_MS,
);

test("a bucket that stalls delays creations alone", async () => {
  const place = await openPlace({ backend: "postgres × s3" });
  const url = new URL(place.env.OUTPUTS_URL!);
  const endpoint = new URL(url.searchParams.get("endpoint")!);
  using gate = openGate({ hostname: endpoint.hostname, port: Number(endpoint.port) });
  url.searchParams.set("endpoint", `http://127.0.0.1:${gate.port}`);
  const env = { OUTPUTS_URL: url.href };
  await using server = await startServer({ place, datasets: DATASETS, env });
  const api = await signInApi(server);
  await expectReadable(server, api);
  expect((await create(api)).status).toBe(201);

  gate.shut();
  let answered = 0;
  const creations = Array.from({ length: 8 }, () => create(api).finally(() => answered++));
  for (let i = 0; i < 4; i++) await expectReadable(server, api);
  expect(answered).toBe(0);
  gate.open();
  const answers = await Promise.all(creations);
  // Either in time or not, and then told so.
  for (const { status } of answers) expect([201, 503]).toContain(status);
  expect((await create(api)).status).toBe(201);
  await server.stop();
  await place.remove();
});

test("ten thousand idle sockets, slow clients and clients that go away", async () => {
  await using server = await startServer({ datasets: DATASETS });
  const api = await signInApi(server);
  await expectReadable(server, api);
  await idleSockets(server, api);
  const slow = await slowClients(server, api);
  await clientsThatGoAway(server, api);
  const { body } = await create(api);
  await server.stop();
  await expectWhole(server.place, [...slow, body.output_dir]);
});

async function idleSockets(server: Server, api: Api): Promise<void> {
  const count = Math.min(10_000, await openFilesLimit() - 500);
  if (count < 10_000) console.log(`${count} idle sockets, as many as this system allows`);
  const sockets: Deno.TcpConn[] = [];
  while (sockets.length < count) {
    const some = Array.from(
      { length: Math.min(250, count - sockets.length) },
      () => connect(server),
    );
    sockets.push(...await Promise.all(some));
  }
  expect((await create(apiWith(server, api.token))).status).toBe(201);
  await expectReadable(server, api);
  for (const socket of sockets) socket.close();
  expect((await create(api)).status).toBe(201);
}

/** Creations that arrive byte by byte, while others are answered between two bytes. */
async function slowClients(server: Server, api: Api): Promise<string[]> {
  const text = creation(api);
  const slow = await Promise.all(Array.from({ length: 20 }, () => connect(server)));
  const head = text.indexOf("\r\n\r\n") + 4;
  await Promise.all(slow.map((socket) => send(socket, text.slice(0, head))));
  for (let i = head; i < text.length; i++) {
    await Promise.all(slow.map((socket) => send(socket, text[i]!)));
    if (i % 10 === 0) await expectReadable(server, api);
  }
  return await Promise.all(slow.map(async (socket) => {
    const answer = await new Response(socket.readable).text();
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    return /"output_dir":"([^"]+)"/.exec(answer)![1]!;
  }));
}

async function clientsThatGoAway(server: Server, api: Api): Promise<void> {
  const text = creation(api);
  await Promise.all(Array.from({ length: 60 }, async (_, i) => {
    const socket = await connect(server);
    // With the headers alone, with half the body, and with all of it.
    const length = [text.indexOf("\r\n\r\n") + 4, text.length - 20, text.length][i % 3];
    await send(socket, text.slice(0, length));
    socket.close();
  }));
  await expectReadable(server, api);
}

function creation({ token }: Api): string {
  const body = JSON.stringify(INPUT);
  return `POST ${JOBS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
    "Content-Type: application/json\r\nConnection: close\r\n" +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Of a process; each socket takes one at either end. */
async function openFilesLimit(): Promise<number> {
  if (Deno.build.os === "windows") return Infinity;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).output();
  const limit = new TextDecoder().decode(stdout).trim();
  return limit === "unlimited" ? Infinity : Number(limit);
}

function connect({ origin }: Server): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(origin);
  return Deno.connect({ hostname, port: Number(port) });
}

async function send(socket: Deno.TcpConn, text: string): Promise<void> {
  await socket.write(new TextEncoder().encode(text));
}
