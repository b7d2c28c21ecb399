import { extname, sep } from "node:path";
import type { TaskType } from "../domain/catalog/task.ts";
import { MAX_CLASSES } from "./data_yaml.ts";
import { type Ground, unreadable } from "./reading.ts";
import { nameOf, readText } from "./walk.ts";

/** The constraints on the rows of a dataset. */
export interface RowRules {
  /** Unknown without a `data.yaml`. */
  numClasses?: number | undefined;
  /** Number of keypoints, and of values per keypoint. */
  keypoints?: [number, 2 | 3] | undefined;
}

interface Row {
  classIndex: number;
  columns: number;
}

/** The rows of an image's label file; empty when there is no such file. */
export async function readRows(
  image: string,
  { rules, ground }: { rules: RowRules; ground: Ground },
): Promise<Row[]> {
  const path = labelPath(image);
  const text = await readText(path, ground) ?? "";
  const rows: Row[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = parseRow(line, rules);
    if (!row) throw unreadable(ground, `${nameOf(path, ground)}, line ${index + 1}: malformed row`);
    rows.push(row);
  }
  return rows;
}

/** As Ultralytics finds it: the last `images` folder becomes `labels`, the extension `.txt`. */
function labelPath(image: string): string {
  const parts = image.split(sep);
  const index = parts.lastIndexOf("images", -2);
  if (index > 0) parts[index] = "labels";
  return parts.join(sep).slice(0, -extname(image).length) + ".txt";
}

function parseRow(
  line: string,
  { numClasses = MAX_CLASSES, keypoints }: RowRules,
): Row | undefined {
  const [classIndex, ...values] = line.trim().split(/\s+/).map(Number) as [number, ...number[]];
  const columns = values.length + 1;
  const posed = columns === poseColumns(keypoints);
  if (!posed && columns !== 5 && (columns < 7 || columns % 2 === 0)) return undefined;
  if (!Number.isInteger(classIndex) || classIndex < 0 || classIndex >= numClasses) return undefined;
  const fits = values.every((value, index) => {
    const isVisibility = posed && keypoints?.[1] === 3 && index >= 4 && (index - 4) % 3 === 2;
    return value >= 0 && value <= (isVisibility ? 2 : 1);
  });
  return fits ? { classIndex, columns } : undefined;
}

/** The tasks that rows of these lengths suit, in the order of `TASK_TYPES`. */
export function taskTypesOf(columns: ReadonlySet<number>, { keypoints }: RowRules): TaskType[] {
  const pose = poseColumns(keypoints);
  if (columns.size === 1 && columns.has(pose)) return ["detection", "pose_estimation"];
  // Trainers keep one kind of row; where boxes and polygons are mixed, they keep the boxes.
  if (columns.size === 0 || columns.has(5) || columns.has(pose)) return ["detection"];
  return columns.size === 1 && columns.has(9)
    ? ["detection", "instance_segmentation", "oriented_detection"]
    : ["detection", "instance_segmentation", "semantic_segmentation"];
}

/** The number of columns of a row with keypoints: class, box, keypoints. */
function poseColumns(keypoints: RowRules["keypoints"]): number {
  return keypoints ? 5 + keypoints[0] * keypoints[1] : NaN;
}
