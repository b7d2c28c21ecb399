import { fileURLToPath } from "node:url";
import type { Log } from "./domain/kernel/log.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Writes one line per event: JSON for machines, or readable text for a terminal. */
export function createLog(
  { level, format }: { level: LogLevel; format: "json" | "readable" },
): Log {
  const line = format === "json" ? jsonLine : readableLine;
  const write = writeTogether();
  const at = (eventLevel: LogLevel) => (message: string, fields: Record<string, unknown> = {}) => {
    if (LOG_LEVELS.indexOf(eventLevel) < LOG_LEVELS.indexOf(level)) return;
    write(eventLevel, line(eventLevel, { message, fields }));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Writes lines logged in the same tick with one call. */
function writeTogether(): (level: LogLevel, line: string) => void {
  let lines: string[] = [];
  let levelOfLines: LogLevel = "info";
  return (level, line) => {
    if (level !== levelOfLines) flush();
    levelOfLines = level;
    if (lines.push(line) === 1) queueMicrotask(flush);
  };

  function flush(): void {
    if (lines.length > 0) console[levelOfLines](lines.join("\n"));
    lines = [];
  }
}

interface LogEvent {
  message: string;
  fields: Record<string, unknown>;
}

function jsonLine(level: LogLevel, { message, fields }: LogEvent): string {
  const event = { time: new Date().toISOString(), level, message, ...fields };
  // Skip the replacer, which runs for every value, unless a field may hold an `Error`.
  const isPlain = Object.values(fields).every((value) => typeof value !== "object");
  return isPlain ? JSON.stringify(event) : JSON.stringify(event, describe);
}

function readableLine(level: LogLevel, { message, fields }: LogEvent): string {
  const time = new Date().toTimeString().slice(0, 8);
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      `${name}=${typeof value === "string" ? value : JSON.stringify(value, describe)}`
    );
  return [time, level.padEnd(5), message, ...facts].join("  ");
}

/** A JSON replacer for `Error`, which has no enumerable properties and would become `{}`. */
function describe(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return {
    name,
    message: withoutPaths(message),
    ...(cause === undefined ? { stack: withoutPaths(stack ?? "") } : { cause }),
  };
}

const ROOT = new URL("..", import.meta.url);

/** Removes the file paths of this machine, which operating system errors and stack traces contain:
 * more people read logs than have access to the machine. */
function withoutPaths(text: string): string {
  return text.replaceAll(ROOT.href, "").replaceAll(fileURLToPath(ROOT), "").replace(
    /(['"])(?:\/|[A-Za-z]:[\\/]).*\1/g,
    "$1…$1",
  );
}
