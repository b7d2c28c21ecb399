import { parseArgs } from "node:util";
import { startPostgres } from "../tests/support/postgres.ts";
import { type Floor, openFloor } from "./bench/floor.ts";
import { fill } from "./bench/growth.ts";
import { askInTurn, load, type Outcome } from "./bench/http_load.ts";
import { quantile, Report, sorted } from "./bench/report.ts";
import {
  type Ground,
  type OwnServer,
  requestsTo,
  residentMiB,
  startOwnServer,
  type Target,
} from "./bench/target.ts";

const HELP = `
Measures a server in production mode, on a database and a folder of its own.

  deno task bench [sections] [options]

Sections (all by default): ${"create read start memory growth"}
  --database libsql|postgres   what the servers stand on (libsql)
  --rounds N                   how often each load is run, in turn with its neighbours (5)
  --seconds N                  how long a load runs each time (3)
  --max-jobs N                 where growth ends (1000000)
  --creations N                after how many the memory is read (100000)
  --peer URL --peer-token T    another server of the same contract, measured beside
  --json FILE                  every figure of every round
`;

const SECTIONS = ["create", "read", "start", "memory", "growth"] as const;
const CONNECTIONS = [1, 16, 64];
/** Requests per round, kind and database size in `growth`. */
const REQUESTS_A_ROUND = 100;

interface Setting {
  ground: Ground;
  report: Report;
  rounds: number;
  seconds: number;
  maxJobs: number;
  creations: number;
  peer: Target | undefined;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: "string", default: "libsql" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    "max-jobs": { type: "string", default: "1000000" },
    creations: { type: "string", default: "100000" },
    peer: { type: "string" },
    "peer-token": { type: "string" },
    json: { type: "string" },
    help: { type: "boolean" },
  },
});
const unknown = positionals.find((name) => !SECTIONS.some((section) => section === name));
if (options.help || unknown !== undefined || !/^(libsql|postgres)$/.test(options.database)) {
  console.log(HELP);
  Deno.exit(options.help ? 0 : 1);
}

const folder = await Deno.makeTempDir({ prefix: "trainyard-bench-" });
const embedded = options.database === "postgres" && !Deno.env.get("TEST_POSTGRES_URL")
  ? await startPostgres({ durable: true })
  : undefined;
const report = new Report();
const setting: Setting = {
  ground: {
    folder,
    postgresUrl: options.database === "postgres"
      ? embedded?.url ?? Deno.env.get("TEST_POSTGRES_URL")
      : undefined,
  },
  report,
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  maxJobs: Number(options["max-jobs"]),
  creations: Number(options.creations),
  peer: options.peer === undefined ? undefined : peerAt(options.peer),
};
try {
  const run = { create, read, start, memory, growth };
  for (const section of SECTIONS) {
    if (positionals.length > 0 && !positionals.includes(section)) continue;
    await run[section](setting);
    report.print(section);
  }
} finally {
  await embedded?.[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
}
if (options.json !== undefined) {
  const { database } = options;
  await Deno.writeTextFile(
    options.json,
    JSON.stringify({ database, measurements: report.measurements }, null, 2),
  );
}

function peerAt(url: string): Target {
  const { hostname, port } = new URL(url);
  return {
    address: { hostname, port: Number(port) },
    requests: requestsTo(options["peer-token"] ?? ""),
  };
}

/** Measures creations over the REST API, next to the minimum cost of the same work. */
async function create({ ground, report, rounds, seconds, peer }: Setting): Promise<void> {
  await using server = await startOwnServer(ground);
  await using floor = await openFloor(ground);
  const add = (name: string, outcome: Omit<Outcome, "bytes">) => {
    report.add("create", `${name}: creations`, { unit: "/s", value: outcome.rate });
    if (outcome.failed > 0) {
      report.add("create", `${name}: failed`, { unit: "answers", value: outcome.failed });
    }
    for (const share of [0.5, 0.95, 0.99]) {
      const value = quantile(outcome.latencies, share);
      report.add("create", `${name}: p${share * 100}`, { unit: "ms", value });
    }
  };
  const post = (target: Target, connections: number, seconds: number) =>
    load(target.address, { connections, seconds, request: target.requests.create, status: 201 });

  await warmUp(server, { floor, peer });
  for (let round = 0; round < rounds; round++) {
    for (const connections of CONNECTIONS) {
      if (connections <= 16) {
        add(`floor, ${connections} together`, await floor.run({ together: connections, seconds }));
      }
      add(`server, ${connections} connections`, await post(server, connections, seconds));
      // At 64 connections the peer exhausts its database pool and each response takes 30 s.
      if (peer && connections <= 16) {
        add(`peer, ${connections} connections`, await post(peer, connections, seconds));
      }
    }
  }
  for (const connections of CONNECTIONS) {
    const server = `server, ${connections} connections: `;
    const peer = `peer, ${connections} connections: `;
    const floor = `floor, ${connections} together: `;
    report.ratio("create", `${server}creations`, `${floor}creations`);
    report.ratio("create", `${server}creations`, `${peer}creations`);
    // The upper bound.
    report.ratio("create", `${floor}creations`, `${peer}creations`);
    report.ratio("create", `${peer}p99`, `${server}p99`);
  }

  async function warmUp(server: Target, { floor, peer }: { floor: Floor; peer?: Target }) {
    for (const target of peer ? [server, peer] : [server]) await post(target, 4, 1);
    await floor.run({ together: 16, seconds: 1 });
  }
}

/** Measures the page and list of 50 jobs, and a creation by the form. */
async function read({ ground, report, rounds, seconds, peer }: Setting): Promise<void> {
  await using server = await startOwnServer(ground, { prepare: (url) => fill(url, 1000) });
  const targets = Object.entries({ server, peer }).filter(([, target]) => target !== undefined);
  const kinds = [["list", 200], ["page", 200], ["row", 201]] as const;
  const ask = (target: Target, [kind, status]: typeof kinds[number], connections: number) =>
    load(target.address, { connections, seconds, request: target.requests[kind], status });

  if (peer) {
    // So that its list also has 50 jobs.
    await askInTurn(peer.address, { count: 60, request: peer.requests.create, status: 201 });
  }
  for (const kind of kinds) await ask(server, kind, 4);
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      for (const connections of [1, 16]) {
        for (const [who, target] of targets as [string, Target][]) {
          if (who === "peer" && kind[0] !== "list") continue;
          const outcome = await ask(target, kind, connections);
          const name = `${who}, ${kind[0]}, ${connections} connections: `;
          report.add("read", `${name}answers`, { unit: "/s", value: outcome.rate });
          const p99 = quantile(outcome.latencies, 0.99);
          report.add("read", `${name}p99`, { unit: "ms", value: p99 });
          const kib = outcome.bytes / 1024;
          if (round === 0) report.add("read", `${name}size`, { unit: "KiB", value: kib });
        }
      }
    }
  }
  for (const connections of [1, 16]) {
    const name = `list, ${connections} connections: answers`;
    report.ratio("read", `server, ${name}`, `peer, ${name}`);
  }
}

/** Measures the time from process start to first response, on a migrated database. */
async function start({ ground, report, rounds }: Setting): Promise<void> {
  await using server = await startOwnServer(ground);
  for (let round = 0; round < rounds; round++) {
    await server.restart();
    report.add("start", "first answer after", { unit: "ms", value: server.coldStartMs });
  }
}

/** Measures resident memory when idle and during many creations. */
async function memory({ ground, report, creations }: Setting): Promise<void> {
  await using server = await startOwnServer(ground);
  await add("at rest");
  let made = 0;
  for (let part = 1; part <= 4; part++) {
    const goal = Math.round(creations / 4 * part);
    while (made < goal) {
      const { latencies } = await load(server.address, {
        connections: 16,
        // At least long enough for one response.
        seconds: Math.max(0.1, Math.min(10, (goal - made) / 1000)),
        request: server.requests.create,
        status: 201,
      });
      made += latencies.length;
    }
    await add(`after ${goal} creations`);
  }

  async function add(name: string) {
    const value = await residentMiB(server.pid);
    if (value !== undefined) report.add("memory", name, { unit: "MiB", value });
  }
}

/** Measures sequential requests on databases of increasing size. */
async function growth({ ground, report, rounds, maxJobs }: Setting): Promise<void> {
  const kinds = [["create", 201], ["list", 200], ["filter", 200], ["search", 200], ["page", 200]];
  const sizes = [1e3, 1e4, 1e5, 1e6].filter((size) => size <= maxJobs);
  const servers: [number, OwnServer][] = [];
  await using opened = new AsyncDisposableStack();
  for (const size of sizes) {
    const server = await startOwnServer(ground, { prepare: (url) => fill(url, size) });
    servers.push([size, opened.use(server)]);
  }
  const ask = async ([kind, status]: typeof kinds[number], server: OwnServer) => {
    const request = server.requests[kind as keyof Target["requests"]];
    const count = REQUESTS_A_ROUND;
    return await askInTurn(server.address, { count, request, status: Number(status) });
  };
  for (const kind of kinds) for (const [, server] of servers) await ask(kind, server);
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      for (const [size, server] of servers) {
        const value = quantile(sorted(await ask(kind, server)), 0.5);
        report.add("growth", `${kind[0]}, ${size} jobs: p50`, { unit: "ms", value });
      }
    }
  }
  for (const [kind] of kinds) {
    for (const size of sizes.slice(1)) {
      report.ratio("growth", `${kind}, ${size} jobs: p50`, `${kind}, ${sizes[0]} jobs: p50`);
    }
  }
}
