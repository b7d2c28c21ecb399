import { setImmediate } from "node:timers";
import type { Dataset } from "../domain/catalog/dataset.ts";
import { marks, MISSING, type Observable } from "./observe.ts";

const MAX_REMEMBERED = 100;
/** A dataset spread wider costs as much to look after as to look at. */
const MAX_SEEN = 64;
/** How long a label file that is rewritten in place may go unnoticed. */
const MAX_AGE_MS = 10_000;
/** How long a change deeper in the dataset than its own folder may. */
const DEEP_LOOK_MS = 1_000;
/** Time stamps are coarse: what changed just now may change again and keep its stamp. */
const SETTLED_MS = 2_000;

/** What was seen when something was observed. */
interface Seen {
  observable: Observable;
  was: string;
}

interface Glance {
  dataset: Dataset;
  /** Of where its path leads, its own folder and the files that were read. */
  near: Seen[];
  /** Of the other folders it rests on, and of what was looked for there and is missing. */
  deep: Seen[];
  /** On the clock that never goes back. */
  at: number;
  lookedDeepAt: number;
}

/** What a look at a dataset rests on. */
export interface Grounds {
  /** Where the paths lead to by which the dataset was reached, as they were found. */
  leads: Map<string, string | undefined>;
  /** Folders and files, and what was looked for and is missing. */
  seen: Set<string>;
}

/** What is there to be found at a path, and on what that rests. */
export interface Finding {
  dataset: Dataset;
  /** The dataset's own folder. */
  real: string;
}

export interface Glances {
  /** What a look at a dataset finds, now or remembered; `by` observes what a memory rests on. */
  at(
    path: string,
    by: (observables: Observable[]) => Promise<string[]>,
  ): Promise<Dataset | undefined>;
  /** What is remembered, unobserved. */
  recall(path: string): Dataset | undefined;
}

/**
 * Remembers what a look at a dataset found, while its path leads where it led and every folder and
 * file it rests on has the marks it had: its own folder and the files that were read are observed each
 * time, folders deeper in it once a second. Refusals never are remembered. `look` names what it rests
 * on in `grounds`.
 */
export function rememberGlances(
  look: (path: string, grounds: Grounds) => Promise<Finding | undefined>,
  { settledMs = SETTLED_MS }: { settledMs?: number } = {},
): Glances {
  const remembered = new Map<string, Glance>();
  return {
    recall: (path) => remembered.get(path)?.dataset,

    async at(path, by) {
      const known = remembered.get(path);
      if (known && await isUnchanged(known, by)) return known.dataset;
      remembered.delete(path);
      const at = performance.now();
      const settledBefore = Date.now() - settledMs;
      const grounds: Grounds = { leads: new Map(), seen: new Set() };
      const found = await look(path, grounds);
      const { leads, seen } = grounds;
      if (!found || found.dataset.refusal !== null || seen.size > MAX_SEEN) return found?.dataset;

      const near: Seen[] = [...leads].map(([leadsTo, real = MISSING]) => ({
        observable: { leadsTo },
        was: real,
      }));
      const deep: Seen[] = [];
      const infos = await Promise.all(
        [...seen.add(found.real)].map(async (path) =>
          [path, await Deno.stat(path).catch(() => undefined)] as const
        ),
      );
      for (const [marksOf, info] of infos) {
        if (changedSince(info, settledBefore)) return found.dataset;
        const isNear = marksOf === found.real || info?.isFile;
        (isNear ? near : deep).push({
          observable: { marksOf },
          was: info ? marks(info) : MISSING,
        });
      }
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(path, { dataset: found.dataset, near, deep, at, lookedDeepAt: at });
      return found.dataset;
    },
  };
}

async function isUnchanged(
  glance: Glance,
  by: (observables: Observable[]) => Promise<string[]>,
): Promise<boolean> {
  const now = performance.now();
  if (now - glance.at >= MAX_AGE_MS) return false;
  const isDeep = now - glance.lookedDeepAt >= DEEP_LOOK_MS;
  const before = isDeep ? [...glance.near, ...glance.deep] : glance.near;
  const seen = await by(before.map(({ observable }) => observable));
  if (isDeep) glance.lookedDeepAt = now;
  return before.every(({ was }, index) => seen[index] === was);
}

function changedSince(info: Deno.FileInfo | undefined, time: number): boolean {
  return [info?.mtime, info?.ctime].some((changed) => changed && changed.getTime() >= time);
}

/** Work under way or about to begin, and what it will answer. */
interface Turn<T> {
  begun: boolean;
  answer: Promise<T>;
}

/**
 * Work that callers share. It begins when the turn of the event loop ends, so that requests that come
 * together are together in it; who asks once it has begun gets the answer of the next, so that nobody
 * is told what was true before they asked.
 */
export function takeTurns<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const latest = new Map<string, Turn<T>>();
  return (key) => {
    const before = latest.get(key);
    if (before?.begun === false) return before.answer;
    const turn: Turn<T> = { begun: false, answer: take() };
    latest.set(key, turn);
    return turn.answer;

    async function take(): Promise<T> {
      await (before ? before.answer.catch(() => {}) : endOfTurn());
      turn.begun = true;
      try {
        return await work(key);
      } finally {
        if (latest.get(key) === turn) latest.delete(key);
      }
    }
  };
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
