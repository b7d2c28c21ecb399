import type { Dataset } from "../domain/dataset.ts";
import type { Place } from "./confine.ts";

const MAX_REMEMBERED = 100;
/** A dataset spread wider costs as much to look after as to look at. */
const MAX_SEEN = 64;
/** How long a label file that is rewritten in place may go unnoticed. */
const MAX_AGE_MS = 10_000;
/** How long a change deeper in the dataset than its own folder may. */
const DEEP_LOOK_MS = 1_000;
/** Time stamps are coarse: what changed just now may change again and keep its stamp. */
const SETTLED_MS = 2_000;

interface Glance {
  dataset: Dataset;
  /** Of the dataset's own folder and of the files that were read; by path. */
  near: Map<string, string>;
  /** Of the other folders it rests on, and of what was looked for there and is missing. */
  deep: Map<string, string>;
  /** On the clock that never goes back. */
  at: number;
  lookedDeepAt: number;
}

export interface Glances {
  /** What a look at a dataset finds, now or remembered. */
  at(place: Place): Promise<Dataset>;
  /** Whether a look at it is remembered. */
  know(place: Place): boolean;
}

/**
 * Remembers what a look at a dataset found, while every folder and file it rests on has the time
 * stamp it had: its own folder and the files that were read are looked after each time, folders
 * deeper in it once a second. Refusals are never remembered. `look` names what it saw in `seen`.
 */
export function rememberGlances(
  look: (place: Place, seen: Set<string>) => Promise<Dataset>,
  { settledMs = SETTLED_MS }: { settledMs?: number } = {},
): Glances {
  const remembered = new Map<string, Glance>();
  return {
    know: (place) => remembered.has(keyOf(place)),

    async at(place) {
      const key = keyOf(place);
      const known = remembered.get(key);
      if (known && await isUnchanged(known)) return known.dataset;
      remembered.delete(key);
      const at = performance.now();
      const settledBefore = Date.now() - settledMs;
      const seen = new Set([place.real]);
      const dataset = await look(place, seen);
      if (dataset.refusal !== null || seen.size > MAX_SEEN) return dataset;

      const infos = await Promise.all(
        [...seen].map(async (path) => [path, await infoOf(path)] as const),
      );
      if (infos.some(([, info]) => changedSince(info, settledBefore))) return dataset;
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      const [near, deep] = [new Map<string, string>(), new Map<string, string>()];
      for (const [path, info] of infos) {
        const isNear = path === place.real || info?.isFile;
        (isNear ? near : deep).set(path, stamp(info));
      }
      remembered.set(key, { dataset, near, deep, at, lookedDeepAt: at });
      return dataset;
    },
  };
}

function keyOf({ path, real }: Place): string {
  return JSON.stringify([path, real]);
}

async function isUnchanged(glance: Glance): Promise<boolean> {
  const now = performance.now();
  if (now - glance.at >= MAX_AGE_MS) return false;
  if (now - glance.lookedDeepAt < DEEP_LOOK_MS) return await areStill(glance.near);
  const [near, deep] = await Promise.all([areStill(glance.near), areStill(glance.deep)]);
  glance.lookedDeepAt = now;
  return near && deep;
}

async function areStill(stamps: Map<string, string>): Promise<boolean> {
  const same = [...stamps].map(async ([path, before]) => stamp(await infoOf(path)) === before);
  return (await Promise.all(same)).every(Boolean);
}

/** Links are followed: one that leads elsewhere now leads to another inode. */
function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  return Deno.stat(path).catch(() => undefined);
}

/** The time of change beside that of modification, which copying tools set back. */
function stamp(info: Deno.FileInfo | undefined): string {
  if (!info) return "missing";
  return [info.dev, info.ino, info.size, info.mtime?.getTime(), info.ctime?.getTime()].join(" ");
}

function changedSince(info: Deno.FileInfo | undefined, time: number): boolean {
  return [info?.mtime, info?.ctime].some((changed) => changed && changed.getTime() >= time);
}

/**
 * Work that callers share: who asks while it is under way gets the answer of the next run, which
 * begins after they asked, so that nobody is told what was true before.
 */
export function takeTurns<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const turns = new Map<string, { current: Promise<T>; next?: Promise<T> }>();
  return (key) => {
    const turn = turns.get(key);
    if (!turn) return start(key);
    return turn.next ??= turn.current.then(() => {}, () => {}).then(() => start(key));
  };

  function start(key: string): Promise<T> {
    const turn: { current: Promise<T>; next?: Promise<T> } = { current: work(key) };
    turns.set(key, turn);
    const end = () => {
      if (!turn.next) turns.delete(key);
    };
    turn.current.then(end, end);
    return turn.current;
  }
}
