import { fileURLToPath } from "node:url";
import type { Log } from "./domain/kernel/log.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** One line an event: JSON for machines, or readable for the person at the terminal. */
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

/** Lines that come together, as requests answered by one commit, are written at once. */
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
  // Most events are plain values, and a replacer is asked about each.
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

/** An `Error` has no enumerable members: JSON would show `{}`. */
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

/** Errors of the system name the file in quotes; traces say where this project lies. A log goes to
 * more people than the machine is for. */
function withoutPaths(text: string): string {
  return text.replaceAll(ROOT.href, "").replaceAll(fileURLToPath(ROOT), "").replace(
    /(['"])(?:\/|[A-Za-z]:[\\/]).*\1/g,
    "$1…$1",
  );
}
