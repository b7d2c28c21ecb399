export const SPLIT_NAMES = ["train", "val", "test"] as const;
export type SplitName = typeof SPLIT_NAMES[number];

const FOLDERS: Record<string, SplitName> = {
  train: "train",
  val: "val",
  valid: "val",
  validation: "val",
  test: "test",
};

/** The split a folder of this name holds, if any. */
export function splitOfFolder(name: string): SplitName | undefined {
  return Object.hasOwn(FOLDERS, name) ? FOLDERS[name] : undefined;
}
