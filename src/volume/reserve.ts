import { existsSync } from "node:fs";
import { setImmediate } from "node:timers";
import { OUTPUT_SUBDIRS, type OutputDirParts } from "../domain/outputs/output_dir.ts";

export interface Reservation extends OutputDirParts {
  root: string;
  /** How many directories may be kept ready under a steady load. */
  spare: number;
}

/** Where directories are made, beside the projects' folders and out of sight. One process's alone. */
export const SPARE_FOLDER = /^\.spare-[0-9a-f]{8}$/;
/** A load is steady after so many reservations, each soon after the one before. */
const STEADY = 100;
const SOON_MS = 50;
/** Unused for so long, what is kept ready goes. Not sooner: some file systems make directories slowly
 * for minutes after others were removed. */
const IDLE_MS = 10_000;
/** Unused for so long, what is kept was kept by a process that has slept, and a sweep may be at work
 * on it. */
const STALE_MS = 60_000;

interface Stock {
  folder: string;
  ready: string[];
  /** How many are to be ready. */
  wanted: number;
  isRefilling: boolean;
  /** How many were made, for their names. */
  made: number;
  usedAt: number;
  /** How many reservations have followed each other soon. */
  streak: number;
}

/** By root. */
const stocks = new Map<string, Stock>();

/**
 * Makes an output directory out of sight and moves it to its name, so that it is never there in part;
 * `false` when the name is taken. Such a move replaces nothing but an empty directory, and none of ours
 * is empty: that is what makes a name somebody's, also between processes.
 */
export function reserve({ root, project, leaf, spare }: Reservation): boolean {
  // Put together by hand: `join` takes a moment a name.
  const parent = `${root}/${project}`;
  const directory = `${parent}/${leaf}`;
  if (existsSync(directory)) return false;
  makeParent(parent);

  if (idleFor(stocks.get(root)) >= STALE_MS) putAway(root);
  const isNew = !stocks.has(root);
  const stock = stockOf(root);
  stock.streak = idleFor(stock) < SOON_MS ? stock.streak + 1 : 1;
  stock.usedAt = Date.now();
  try {
    // The one that was made first.
    Deno.renameSync(stock.ready.shift() ?? make(stock), directory);
  } catch (error) {
    putAway(root);
    if (isThere(directory)) return false;
    if (isNew) throw error;
    // Somebody may have cleaned up.
    return reserve({ root, project, leaf, spare });
  }
  stock.wanted = Math.min(stock.streak - STEADY, spare);
  if (!stock.isRefilling && stock.ready.length < stock.wanted) {
    stock.isRefilling = true;
    setImmediate(() => refill(stock));
  }
  return true;
}

function makeParent(parent: string): void {
  try {
    if (Deno.lstatSync(parent).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // The project's first job.
    Deno.mkdirSync(parent, { recursive: true });
    return;
  }
  throw new Error("a link is in the way");
}

function stockOf(root: string): Stock {
  let stock = stocks.get(root);
  if (!stock) {
    const folder = `${root}/.spare-${crypto.randomUUID().slice(0, 8)}`;
    Deno.mkdirSync(folder, { recursive: true });
    const usedAt = Date.now();
    stock = { folder, ready: [], wanted: 0, isRefilling: false, made: 0, usedAt, streak: 0 };
    stocks.set(root, stock);
    putAwayOnceIdle(root, stock);
  }
  return stock;
}

/** By the clock on the wall, which goes on while a process sleeps; whichever way it was set. */
function idleFor(stock: Stock | undefined): number {
  return stock ? Math.abs(Date.now() - stock.usedAt) : 0;
}

function make(stock: Stock): string {
  const directory = `${stock.folder}/${stock.made++}`;
  Deno.mkdirSync(directory);
  for (const name of OUTPUT_SUBDIRS) Deno.mkdirSync(`${directory}/${name}`);
  return directory;
}

/** One at a time, so that whatever is asked meanwhile comes first. */
function refill(stock: Stock): void {
  stock.isRefilling = stock.ready.length < stock.wanted;
  if (!stock.isRefilling) return;
  try {
    stock.ready.push(make(stock));
    setImmediate(() => refill(stock));
  } catch {
    // Whoever needs one makes it, and is told.
    stock.isRefilling = false;
    stock.wanted = 0;
  }
}

function putAwayOnceIdle(root: string, stock: Stock): void {
  setTimeout(() => {
    // Another may be there by now, which has a timer of its own.
    if (stocks.get(root) !== stock) return;
    if (idleFor(stock) >= IDLE_MS) putAway(root);
    else putAwayOnceIdle(root, stock);
  }, IDLE_MS - idleFor(stock));
}

/** Removes what is kept ready. What cannot be removed is found by a sweep. */
export function putAway(root: string): void {
  const stock = stocks.get(root);
  if (!stock) return;
  stocks.delete(root);
  stock.wanted = 0;
  try {
    Deno.removeSync(stock.folder, { recursive: true });
  } catch {
    // It may have been removed, or cannot be.
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
