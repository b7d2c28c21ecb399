import type { Split } from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import type { Reading } from "./reading.ts";

/** What the counts of images and instances say against training with a dataset. */
export function weakSpots({ task_types, class_names, splits }: Reading): Problem[] {
  // Where nothing was counted, nothing can be said.
  if (splits.length === 0) return [];
  const train = splits.find((split) => split.name === "train");
  const val = splits.find((split) => split.name === "val");
  return [
    ...noValidationSplit(val),
    ...(task_types.includes("image_classification") ? tooFewClasses(class_names) : []),
    ...(train ? imbalancedClasses(class_names, train) : []),
    ...(train && val ? classesMissingInTrain(class_names, { train, val }) : []),
  ];
}

function noValidationSplit(val: Split | undefined): Problem[] {
  return val && val.images > 0 ? [] : [{ key: "no_validation_split" }];
}

function tooFewClasses(classNames: string[]): Problem[] {
  const count = classNames.length;
  return count < 2 ? [{ key: "too_few_classes", num_classes: count }] : [];
}

function imbalancedClasses(classNames: string[], train: Split): Problem[] {
  const counts = classNames.map((name, index) => ({ name, count: train.class_counts[index] ?? 0 }));
  counts.sort((one, other) => other.count - one.count);
  const most = counts.at(0);
  const least = counts.at(-1);
  if (!most || !least) return [];
  const ratio = most.count / Math.max(least.count, 1);
  if (ratio <= 3) return [];
  // One decimal: 3.2 to 1 is over the line, "3 to 1" would not be.
  const rounded = Math.round(ratio * 10) / 10;
  return [{ key: "imbalanced_classes", most: most.name, least: least.name, ratio: rounded }];
}

function classesMissingInTrain(
  classNames: string[],
  { train, val }: { train: Split; val: Split },
): Problem[] {
  const classes = classNames.filter((_, index) =>
    (val.class_counts[index] ?? 0) > 0 && train.class_counts[index] === 0
  );
  return classes.length > 0 ? [{ key: "classes_missing_in_train", classes }] : [];
}
