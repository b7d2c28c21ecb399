import { describe, expect, test } from "vitest";
import { en } from "../../i18n/en.ts";
import { say } from "../../i18n/messages.ts";
import { fieldProblems } from "../kernel/field_problems.ts";
import { DELETABLE, STATUSES, statusesBefore } from "./status.ts";
import { RANGES, TrainingJobInput } from "./job.ts";

const INPUT = { project_id: 1, model_name: "yolo11n-seg", dataset_path: "seg-coco8" };

/** What the API says to an input, by field; nothing when it is good. */
function messages(input: unknown): Record<string, string> {
  const result = TrainingJobInput.safeParse(input);
  if (result.success) return {};
  const problems = fieldProblems(result.error.issues, { input, bounds: RANGES });
  return Object.fromEntries(problems.map(({ field, problem }) => [field, say(en, problem)]));
}

const EPOCHS = "Epochs must be between 1 and 1000";
const BATCH_SIZE = "Batch size must be between 1 and 512";
const LEARNING_RATE = "Learning rate must be between 0 and 1";
const OPTIMIZER = "Optimizer must be adam, adamw, sgd, rmsprop, nadam, radam, or adamax";

describe("input of a training job", () => {
  test("only three members are required, the rest has defaults", () => {
    expect(TrainingJobInput.parse(INPUT)).toStrictEqual({
      ...INPUT,
      epochs: 50,
      batch_size: 32,
      learning_rate: 0.001,
      optimizer: "adam",
      pretrained: true,
    });
  });

  test("unknown members are ignored, text is trimmed", () => {
    const parsed = TrainingJobInput.parse({ ...INPUT, model_name: " yolo11n ", user_id: 7 });
    expect(parsed).not.toHaveProperty("user_id");
    expect(parsed.model_name).toBe("yolo11n");
  });

  test("equal inputs are equal texts, in whatever order they came", () => {
    const reversed = Object.fromEntries(Object.entries(INPUT).reverse());
    expect(JSON.stringify(TrainingJobInput.parse(reversed)))
      .toBe(JSON.stringify(TrainingJobInput.parse(INPUT)));
  });

  test.each<[string, unknown]>([
    ["epochs", 1],
    ["epochs", 1000],
    ["batch_size", 1],
    ["batch_size", 512],
    ["learning_rate", 1],
    ["learning_rate", 1e-9],
    ["pretrained", false],
    ["optimizer", "adamax"],
    ["dataset_format", "coco"],
    ["task_type", "oriented_detection"],
  ])("%s may be %j", (field, value) => {
    expect(TrainingJobInput.parse({ ...INPUT, [field]: value })).toMatchObject({ [field]: value });
  });

  test.each<[string, unknown, string]>([
    ["epochs", 0, EPOCHS],
    ["epochs", -1, EPOCHS],
    ["epochs", 1001, EPOCHS],
    ["epochs", 1e300, EPOCHS],
    ["epochs", 1.5, "Epochs must be a whole number"],
    ["epochs", "50", "Epochs must be a number"],
    ["epochs", null, "Epochs must be a number"],
    ["batch_size", 0, BATCH_SIZE],
    ["batch_size", 513, BATCH_SIZE],
    ["batch_size", [16], "Batch size must be a number"],
    ["learning_rate", 0, LEARNING_RATE],
    ["learning_rate", -0.1, LEARNING_RATE],
    ["learning_rate", 1.000001, LEARNING_RATE],
    ["learning_rate", "0.01", "Learning rate must be a number"],
    ["learning_rate", NaN, "Learning rate must be a number"],
    ["optimizer", "auto", OPTIMIZER],
    ["optimizer", "Adam", OPTIMIZER],
    ["optimizer", 1, OPTIMIZER],
    ["pretrained", "true", "Pretrained must be true or false"],
    ["pretrained", 1, "Pretrained must be true or false"],
    ["dataset_format", "voc", "Dataset format must be yolo, imagefolder, or coco"],
    ["project_id", "1", "Project must be a number"],
    ["project_id", undefined, "Project is required"],
    ["model_name", undefined, "Model is required"],
    ["model_name", "", "Model is required"],
    ["model_name", "  ", "Model is required"],
    ["model_name", null, "Model must be text"],
    ["model_name", "a\0b", "Model is not valid"],
    ["model_name", "a\ud800", "Model is not valid"],
    ["model_name", "x".repeat(201), "Model must have at most 200 characters"],
    ["model_name", "\0".repeat(201), "Model must have at most 200 characters"],
    ["dataset_path", undefined, "Dataset is required"],
    ["dataset_path", { path: "x" }, "Dataset must be text"],
    ["dataset_path", "x".repeat(1025), "Dataset must have at most 1024 characters"],
  ])("%s may not be %j: %s", (field, value, message) => {
    expect(messages({ ...INPUT, [field]: value })).toEqual({ [field]: message });
  });

  test("each field at fault is named once", () => {
    expect(messages({ epochs: 0, batch_size: 513, learning_rate: 2 })).toEqual({
      project_id: "Project is required",
      model_name: "Model is required",
      dataset_path: "Dataset is required",
      epochs: EPOCHS,
      batch_size: BATCH_SIZE,
      learning_rate: LEARNING_RATE,
    });
  });

  test.each([null, [], "text", 7, true])("a body that is %j is no object", (body) => {
    expect(messages(body)).toEqual({ body: "Body must be a JSON object" });
  });
});

describe("statuses", () => {
  test.each(
    [
      ["pending", []],
      ["running", ["pending"]],
      ["completed", ["running"]],
      ["failed", ["running"]],
      ["cancelled", ["pending", "running"]],
    ] as const,
  )("%s comes after %j", (to, from) => {
    expect(statusesBefore(to)).toEqual(from);
  });

  test("five there are, and all but a running job may be deleted", () => {
    expect(STATUSES).toEqual(["pending", "running", "completed", "failed", "cancelled"]);
    expect(DELETABLE).toEqual(["pending", "completed", "failed", "cancelled"]);
  });
});
