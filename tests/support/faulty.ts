import { join } from "node:path";
import type { Parts } from "../../src/compose.ts";
import { DomainError, OutcomeUnknown } from "../../src/domain/kernel/errors.ts";

/** What happens to one call of an operation to the database or the volume. */
export interface Fault {
  /** Which call, counted from 0. */
  step: number;
  /** How much of it is done: `half` is for the volume, a database does all or nothing. */
  done: "nothing" | "half" | "all";
  /**
   * How it ends: `error`: it fails; `lost`: a write's answer is lost; `away`: it fails, and so does
   * whatever is asked of that side from then on; `kill`: the process ends there.
   */
  ending: "error" | "lost" | "away" | "kill";
}

export interface Faulty {
  deps: Parts;
  /** Every call so far: `database.insert`, `volume.reserve`. A write of the database is one call. */
  calls: string[];
  /** Resolves when the process has been killed. */
  killed: Promise<void>;
}

const WRITES = new Set(["insert", "transition", "remove", "update", "markRemoved"]);

/**
 * The same deps, with one call broken, or something else done before one. Wrapped around the real
 * adapters: what is done is done on a real disk and in a real database.
 */
export function faulty(
  deps: Parts,
  { outputs, fault, before }: {
    /** Where the volume keeps its directories. */
    outputs: string;
    fault?: Fault | undefined;
    /** Something that happens while the call of a step is delayed. */
    before?: { step: number; work: () => Promise<unknown> } | undefined;
  },
): Faulty {
  const calls: string[] = [];
  const away = new Set<"database" | "volume">();
  const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
  let dead = false;

  type Call = (...args: never[]) => unknown;

  function wrap<T extends object>(side: "database" | "volume", port: T): T {
    const entries = Object.entries(port).map(([name, method]) => [
      name,
      typeof method !== "function"
        ? method
        : name === "directories"
        ? walk(side, method as Call)
        : (...args: never[]) => broken({ side, name, method: method as Call, args }),
    ]);
    return Object.fromEntries(entries) as T;
  }

  /** A walk over the directories is one call; half of it is one directory. */
  function walk(side: "volume" | "database", method: Call) {
    return async function* () {
      const all = () => Array.fromAsync(method() as AsyncIterable<string>);
      const half = async () => yieldable.push(...(await all()).slice(0, 1));
      const yieldable: string[] = [];
      try {
        yieldable.push(
          ...await broken({ side, name: "directories", method: all, args: [], half }) as string[],
        );
      } finally {
        yield* yieldable;
      }
    };
  }

  async function broken({ side, name, method, args, half }: {
    side: "database" | "volume";
    name: string;
    method: Call;
    args: never[];
    half?: () => Promise<unknown>;
  }): Promise<unknown> {
    if (dead) return await new Promise(() => {});
    const step = calls.push(`${side}.${name}`) - 1;
    const failure = (ending: Fault["ending"]) =>
      ending === "lost" ? new OutcomeUnknown({}) : unavailable(side);
    if (away.has(side)) throw failure("error");
    if (before?.step === step) await before.work();
    if (fault?.step !== step) return await method(...args);

    if (fault.done === "all") await method(...args);
    if (fault.done === "half") await (half ? half() : doHalf(outputs, { name, method, args }));
    if (fault.ending === "away") away.add(side);
    if (fault.ending !== "kill") throw failure(fault.ending);
    dead = true;
    kill();
    return await new Promise(() => {});
  }

  return {
    deps: {
      ...deps,
      jobs: wrap("database", deps.jobs),
      projects: wrap("database", deps.projects),
      owners: wrap("database", deps.owners),
      removals: wrap("database", deps.removals),
      volume: wrap("volume", deps.volume),
    },
    calls,
    killed,
  };
}

/** Every way in which a call can break. */
export function faultsOf(call: string, step: number): Fault[] {
  const [side, name] = call.split(".") as ["database" | "volume", string];
  const isWrite = side === "database" && WRITES.has(name);
  const done = side === "volume"
    ? ["nothing", "half", "all"] as const
    : ["nothing", "all"] as const;
  return done.flatMap((done) =>
    (["error", "lost", "away", "kill"] as const)
      // A write that was carried out and is known to have failed is no failure there can be.
      .filter((ending) =>
        ending === "lost" ? isWrite : ending !== "error" || !isWrite || done === "nothing"
      )
      // Nor is one whose answer is lost because the database went away; `lost` is that.
      .filter((ending) => !(ending === "away" && isWrite && done === "all"))
      .map((ending) => ({ step, done, ending }))
  );
}

function unavailable(what: "database" | "volume"): DomainError {
  return new DomainError("unavailable", { key: "unavailable", what });
}

/** A part of what a disk does for a method, in the order in which it does it. */
async function doHalf(
  outputs: string,
  { name, method, args }: { name: string; method: (...args: never[]) => unknown; args: never[] },
): Promise<void> {
  const directory = join(outputs, String(args[0]).replace("outputs/", ""));
  if (name === "reserve") {
    if (await method(...args)) await Deno.remove(join(directory, "results"));
  } else if (name === "remove" || name === "removeEmpty") {
    await Deno.remove(join(directory, "checkpoints"), { recursive: name === "remove" })
      .catch(() => {});
  }
}
