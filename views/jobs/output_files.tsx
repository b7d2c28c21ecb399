import type { OutputFile } from "../../src/domain/outputs/volume.ts";
import type { PageContext } from "../page_context.ts";

/** The files of an output directory, or why they cannot be listed. */
export type OutputListing = OutputFile[] | "missing" | "unavailable";

/** Limits the page when a trainer saves a checkpoint every epoch. */
const MAX_SHOWN = 200;

/** The output directory as a tree. */
export function OutputFiles({ page: { messages }, outputs }: {
  page: PageContext;
  outputs: OutputListing;
}) {
  const { experiment, language } = messages;
  if (outputs === "unavailable") return <p class="warning">⚠ {experiment.outputsUnavailable}</p>;
  if (outputs === "missing") return <p class="warning">⚠ {experiment.outputsMissing}</p>;
  const files = outputs.filter(({ path }) => !path.endsWith("/"));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  // Prefer files near the top of the tree.
  const shown = outputs.toSorted((a, b) => depth(a) - depth(b)).slice(0, MAX_SHOWN);
  return (
    <>
      <p class="facts">
        <span>{experiment.files(files.length)}</span>
        {files.length > 0 && <span>{humanSize(bytes, language)}</span>}
      </p>
      <Tree folder={toFolder(shown)} language={language} />
      {shown.length < outputs.length && (
        <p class="hint">{experiment.moreFiles(outputs.length - shown.length)}</p>
      )}
    </>
  );
}

/** Maps a name to a size in bytes or to a subfolder. */
type Folder = Map<string, number | Folder>;

function Tree({ folder, language }: { folder: Folder; language: string }) {
  if (folder.size === 0) return null;
  return (
    <ul class="tree">
      {[...folder].map(([name, content]) => (
        <li key={name}>
          {typeof content === "number"
            ? (
              <>
                <code>{name}</code> <span class="size">{humanSize(content, language)}</span>
              </>
            )
            : (
              <>
                <code>{name}/</code>
                <Tree folder={content} language={language} />
              </>
            )}
        </li>
      ))}
    </ul>
  );
}

/** Creates parent folders as needed: a bucket may list a file without them. */
function toFolder(files: OutputFile[]): Folder {
  const root: Folder = new Map();
  for (const { path, size } of files) {
    const parts = path.replace(/\/$/, "").split("/");
    const name = path.endsWith("/") ? undefined : parts.pop()!;
    let folder = root;
    for (const part of parts) {
      const known = folder.get(part);
      const next = known instanceof Map ? known : new Map();
      folder.set(part, next);
      folder = next;
    }
    if (name !== undefined) folder.set(name, size);
  }
  return root;
}

function depth({ path }: OutputFile): number {
  return path.replace(/\/$/, "").split("/").length;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `1234567` becomes `1.2 MB`. */
function humanSize(bytes: number, language: string): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: power === 0 ? 0 : 1 });
  return `${number.format(bytes / 1000 ** power)} ${UNITS[power]}`;
}
