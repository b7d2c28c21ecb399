import { describe, expect, test } from "vitest";
import { directoryName, outputDirNames, outputLeaf, parseOutputDir, timeOf } from "./output_dir.ts";

const NOW = new Date("2024-01-18T15:30:00.999Z");

describe("the directory name of a model", () => {
  test.each([
    ["yolo11n-seg", "yolo11n-seg"],
    ["tf_efficientnetv2_s.in1k", "tf_efficientnetv2_s.in1k"],
    ["nvidia/segformer-b0", "nvidia-segformer-b0"],
    ["../../etc/passwd", "---..-etc-passwd"],
    ["..", "--"],
    [".hidden.", "-hidden-"],
    ["a\\b:c*d?e#f;g%2fh i\nj", "a-b-c-d-e-f-g-2fh-i-j"],
    ["모델", "--"],
    ["x".repeat(200), "x".repeat(100)],
    [`${"x".repeat(99)}..`, `${"x".repeat(99)}-`],
  ])("%j becomes %j", (model, name) => {
    expect(directoryName(model)).toBe(name);
  });
});

test("a directory is named after the second in UTC and the model", () => {
  expect(outputLeaf(NOW, "nvidia/x")).toBe("20240118_153000_nvidia-x");
  expect(outputLeaf(new Date("2024-01-01T00:00:00+09:00"), "m")).toBe("20231231_150000_m");
});

test("the second can be read from an output directory's name again", () => {
  expect(timeOf(`outputs/1/${outputLeaf(NOW, "m")}_2`)).toEqual(new Date("2024-01-18T15:30:00Z"));
  expect(timeOf("outputs/1/20241399_250000_m").getTime()).toBeNaN();
});

describe("parsing an output directory", () => {
  test("gives the project and the leaf", () => {
    expect(parseOutputDir("outputs/12/20240118_153000_yolo11n-seg_2"))
      .toEqual({ project: "12", leaf: "20240118_153000_yolo11n-seg_2" });
  });

  test.each([
    "yolo11n-seg",
    "nvidia/segformer-b0-finetuned-ade-512-512",
    "..",
    "../../../etc",
    "-",
    "모델 🎉",
    "NUL",
    "x".repeat(300),
  ])("understands what was made for %j", (model) => {
    const made = `outputs/1/${outputLeaf(NOW, model)}`;
    expect(parseOutputDir(made).leaf).toBe(outputLeaf(NOW, model));
  });

  test.each([
    "",
    "outputs",
    "outputs/1",
    "outputs/1/",
    "outputs/1/x",
    "outputs/0/20240118_153000_m",
    "outputs/01/20240118_153000_m",
    "outputs/-1/20240118_153000_m",
    "outputs/../20240118_153000_m",
    "outputs/1/20240118_153000_",
    "outputs/1/20240118_153000_.m",
    "outputs/1/20240118_153000_m/..",
    "outputs/1/20240118_153000_m/../../2",
    "outputs/1/20240118_153000_m/",
    "outputs/1/20240118_153000_m\n",
    "outputs/1/20240118_153000_m\0",
    "outputs/1/20240118_153000_%2e%2e",
    "outputs/1\\20240118_153000_m",
    "/outputs/1/20240118_153000_m",
    "./outputs/1/20240118_153000_m",
    "C:outputs/1/20240118_153000_m",
    "Outputs/1/20240118_153000_m",
  ])("refuses %j", (text) => {
    expect(() => parseOutputDir(text)).toThrow(TypeError);
  });
});

describe("giving out names", () => {
  const LATER = new Date("2024-01-18T15:30:01.000Z");

  test("counts up for one model of one project in one second", () => {
    const next = outputDirNames();
    const leaf = "20240118_153000_m";
    expect([next(1, NOW, "m"), next(1, NOW, "m"), next(1, NOW, "m")])
      .toEqual([`outputs/1/${leaf}`, `outputs/1/${leaf}_2`, `outputs/1/${leaf}_3`]);
    expect(next(2, NOW, "m")).toBe(`outputs/2/${leaf}`);
    expect(next(1, NOW, "n")).toBe("outputs/1/20240118_153000_n");
    expect(next(1, LATER, "m")).toBe("outputs/1/20240118_153001_m");
    expect(next(1, LATER, "m")).toBe("outputs/1/20240118_153001_m_2");
  });

  test("creations of two seconds side by side both get on, however their turns fall", () => {
    const next = outputDirNames();
    const names = Array.from({ length: 20 }, (_, i) => next(1, i % 2 === 0 ? NOW : LATER, "m"));
    expect(new Set(names).size).toBe(20);
    expect(names.slice(-2)).toEqual([
      "outputs/1/20240118_153000_m_10",
      "outputs/1/20240118_153001_m_10",
    ]);
  });

  test.each([["M", "m"], ["a/b", "a-b"], [`${"x".repeat(100)}1`, `${"x".repeat(100)}2`]])(
    "%j and %j do not share a directory",
    (one, other) => {
      const next = outputDirNames();
      const names = [next(1, NOW, one), next(1, NOW, other)];
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(2);
    },
  );
});
