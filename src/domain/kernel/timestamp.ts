import { z } from "zod";

/** A time in the API: RFC 3339 in UTC, with milliseconds. */
export function timestamp(description: string) {
  return z.iso.datetime({ precision: 3 }).meta({
    description,
    examples: ["2024-01-18T15:30:00.000Z"],
  });
}
