import { describe } from "vitest";
import { concurrencyConformance } from "./concurrency.ts";
import { directoryConformance } from "./directories.ts";
import type { OpenFresh } from "./fresh.ts";
import { growingFileConformance } from "./growing_file.ts";
import { listConformance } from "./list.ts";
import { nameConformance } from "./names.ts";
import { readConformance } from "./read.ts";
import { writeConformance } from "./write.ts";

/** What every place for output directories must do behind the `Volume` port. */
export function volumeConformance(name: string, open: OpenFresh): void {
  describe(`volume on ${name}`, () => {
    nameConformance(open);
    directoryConformance(open);
    listConformance(open);
    readConformance(open);
    writeConformance(open);
    concurrencyConformance(open);
    growingFileConformance(open);
  });
}
