import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { type Ground, Refusal, unreadable } from "./reading.ts";
import { readText } from "./walk.ts";

/** More classes than any dataset has: a larger number is a mistake, and would fill the memory. */
export const MAX_CLASSES = 100_000;

const YAML_TEXT = /^[\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
/** The parser takes minutes for long runs of opening brackets. */
const TOO_DEEP = /(?:[[{]\s*|[?-]\s+){50}/;

const Paths = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) =>
  [value].flat()
);
const Name = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const DataYaml = z.object({
  path: z.string().nullish().transform((path) => path ?? "."),
  train: Paths,
  val: Paths,
  test: Paths.nullish(),
  names: z.union([z.array(Name), z.record(z.string(), Name)]).optional(),
  nc: z.int().min(1).max(MAX_CLASSES).optional(),
  kpt_shape: z.tuple([z.int().min(1), z.literal([2, 3])]).optional(),
});

export interface DataYaml {
  /** The folder that `train`, `val` and `test` are relative to; relative to the dataset's folder. */
  path: string;
  train: string[];
  val: string[];
  test: string[];
  classNames: string[];
  /** Number of keypoints, and of values per keypoint. */
  keypoints: [number, 2 | 3] | undefined;
}

/** The content of a folder's `data.yaml`, if it has one. Refuses a `download:` key. */
export async function readDataYaml(ground: Ground): Promise<DataYaml | undefined> {
  const file = await openDataYaml(ground);
  return file && interpret(file, ground);
}

interface YamlFile {
  name: string;
  content: object;
}

/** The folder's `data.yaml`, parsed. Refuses one that trainers would execute or that is unreadable. */
export async function openDataYaml(ground: Ground): Promise<YamlFile | undefined> {
  const name = await findDataYaml(ground);
  if (name === undefined) return undefined;
  const text = await readText(join(ground.folder, name), ground);
  if (text === undefined) throw unreadable(ground, `${name} is not a file of this dataset`);
  const content = parse(text);
  if (content === undefined) throw unreadable(ground, `${name} is not valid YAML`);
  if (Object.hasOwn(content, "download")) {
    throw new Refusal({ key: "dataset_runs_code", dataset_path: ground.path });
  }
  return { name, content };
}

/** Includes a link that leads outside: a trainer would follow it. */
async function findDataYaml(ground: Ground): Promise<string | undefined> {
  for (const name of ["data.yaml", "data.yml"]) {
    const info = await Deno.lstat(join(ground.folder, name)).catch(() => undefined);
    if (info) return name;
  }
  return undefined;
}

/**
 * The top-level map, or `undefined`. Nothing that is plain text here may be a `download:` key for a
 * trainer's parser: PyYAML merges `<<` and ends lines at CR, NEL, LS and PS; Ultralytics removes
 * characters that YAML does not allow before it parses.
 */
function parse(text: string): object | undefined {
  if (!YAML_TEXT.test(text) || TOO_DEEP.test(text)) return undefined;
  try {
    const document = parseDocument(text.replace(/\r\n?/g, "\n"), {
      merge: true,
      // Finding duplicate keys takes minutes in a large map; trainers also take the last of them.
      uniqueKeys: false,
    });
    // A warning is an unknown tag, which is an error for trainers.
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return typeof value === "object" && !Array.isArray(value) ? value ?? undefined : undefined;
  } catch {
    // Too many aliases, or nested too deeply.
    return undefined;
  }
}

function interpret({ name, content }: YamlFile, ground: Ground): DataYaml {
  const { success, data, error } = DataYaml.safeParse(content);
  if (!success) {
    const member = String(error.issues[0]?.path[0]);
    throw unreadable(ground, `${name}: ${member} is missing or malformed`);
  }
  return {
    ...data,
    test: data.test ?? [],
    classNames: classNamesOf(data, { name, ground }),
    keypoints: data.kpt_shape,
  };
}

function classNamesOf(
  { names, nc }: Pick<z.infer<typeof DataYaml>, "names" | "nc">,
  { name, ground }: { name: string; ground: Ground },
): string[] {
  if (names === undefined) {
    if (nc === undefined) throw unreadable(ground, `${name}: names or nc is missing`);
    return Array.from({ length: nc }, (_, index) => `class_${index}`);
  }
  const classNames = Object.values(names);
  if (classNames.length === 0) throw unreadable(ground, `${name}: names is empty`);
  if (Object.keys(names).some((key, index) => key !== String(index))) {
    throw unreadable(ground, `${name}: names are not numbered from 0 on`);
  }
  if (nc !== undefined && nc !== classNames.length) {
    throw unreadable(ground, `${name}: nc is ${nc}, but there are ${classNames.length} names`);
  }
  return classNames;
}
