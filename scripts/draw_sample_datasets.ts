/**
 * Draws the sample datasets deterministically:
 * `deno run -A --config tests/deno.json scripts/draw_sample_datasets.ts [folder]`.
 */
import { dirname, join } from "node:path";
import { drawPet } from "./draw_pets.ts";
import { openRandom, type Random } from "./random.ts";
import { type Box, type Colour, ellipse, openCanvas, type Point, posed } from "./raster.ts";

type Write = (path: string, content: string | Uint8Array) => Promise<void>;

export async function drawSampleDatasets(target: string): Promise<void> {
  const write: Write = async (path, content) => {
    await Deno.mkdir(dirname(join(target, path)), { recursive: true });
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(target, path), bytes);
  };
  await drawSegCoco8(write);
  await drawShapesDet(write);
  await drawDogVsCat(write);
}

const SHAPES = {
  circle: ellipse([0, 0], [0.92, 0.92]),
  square: corners([1, 1, 1, 1]),
  triangle: corners([1, 1, 1]),
  star: corners([1, 0.45, 1, 0.45, 1, 0.45, 1, 0.45, 1, 0.45]),
};
type Shape = keyof typeof SHAPES;

/** A polygon with corners at equal angles and the given distances from the origin. */
function corners(distances: number[]): Point[] {
  return distances.map((distance, index) => {
    const turn = 2 * Math.PI * (index / distances.length - 0.25);
    return [distance * Math.cos(turn), distance * Math.sin(turn)];
  });
}

interface Look {
  size: { width: number; height: number };
  classes: Shape[];
  paints: [Colour, ...Colour[]];
  backgrounds: [[Colour, Colour], ...[Colour, Colour][]];
}

async function drawSegCoco8(write: Write): Promise<void> {
  const look: Look = {
    size: { width: 192, height: 128 },
    classes: ["circle", "square", "triangle", "star"],
    paints: [[232, 93, 86], [246, 178, 66], [84, 174, 130], [72, 132, 206], [150, 104, 190]],
    backgrounds: [
      [[252, 246, 232], [236, 220, 196]],
      [[232, 242, 250], [196, 216, 236]],
      [[238, 246, 234], [206, 226, 204]],
    ],
  };
  const random = openRandom(8);
  for (const [split, count] of [["train", 4], ["val", 4]] as const) {
    for (let index = 0; index < count; index++) {
      const { png, drawn } = drawShapes(look, random);
      const rows = drawn.map((
        { shape, outline },
      ) => [look.classes.indexOf(shape), ...outline.flatMap((point) => normalised(point, look))]);
      await writeLabelled(write, { name: `seg-coco8/*/${split}/${numbered(index)}`, png, rows });
    }
  }
  await write("seg-coco8/data.yaml", dataYaml(look.classes));
}

async function drawShapesDet(write: Write): Promise<void> {
  const look: Look = {
    size: { width: 192, height: 144 },
    classes: ["circle", "square", "triangle"],
    paints: [[255, 209, 102], [6, 214, 160], [239, 110, 140], [130, 190, 255], [240, 240, 245]],
    backgrounds: [
      [[44, 56, 84], [24, 32, 52]],
      [[64, 48, 80], [34, 26, 48]],
      [[30, 70, 78], [18, 42, 50]],
    ],
  };
  const random = openRandom(12);
  for (const [split, count] of [["train", 12], ["val", 4]] as const) {
    for (let index = 0; index < count; index++) {
      const { png, drawn } = drawShapes(look, random);
      const rows = drawn.map(({ shape, box: { left, top, right, bottom } }) => [
        look.classes.indexOf(shape),
        ...normalised([(left + right) / 2, (top + bottom) / 2], look),
        ...normalised([right - left, bottom - top], look),
      ]);
      await writeLabelled(write, { name: `shapes-det/*/${split}/${numbered(index)}`, png, rows });
    }
  }
  await write("shapes-det/data.yaml", dataYaml(look.classes));
}

interface Drawn {
  shape: Shape;
  outline: Point[];
  box: Box;
}

/** Draws one of each shape and one more, in separate cells of a 3 × 2 grid. */
function drawShapes(
  { size, classes, paints, backgrounds }: Look,
  random: Random,
): { png: Uint8Array; drawn: Drawn[] } {
  const [sky, ground] = random.pick(backgrounds);
  const canvas = openCanvas(size, { sky, ground });
  const cell = { width: size.width / 3, height: size.height / 2 };
  const cells = random.shuffled([0, 1, 2, 3, 4, 5]);
  const colours = random.shuffled(paints);
  const extra = classes[Math.floor(random.between(0, classes.length))]!;
  const drawn = [...classes, extra].map((shape, index) => {
    const scale = random.between(0.28, 0.46) * cell.width;
    const slack = { x: cell.width / 2 - scale, y: cell.height / 2 - scale };
    const outline = posed(SHAPES[shape], {
      x: (cells[index]! % 3 + 0.5) * cell.width + random.between(-slack.x, slack.x),
      y: (Math.floor(cells[index]! / 3) + 0.5) * cell.height + random.between(-slack.y, slack.y),
      scale,
      angle: random.between(0, 2 * Math.PI),
    });
    return { shape, outline, box: canvas.fill(outline, colours[index]!) };
  });
  return { png: canvas.png(), drawn };
}

function normalised([x, y]: Point, { size }: Look): Point {
  return [x / size.width, y / size.height];
}

/** Writes an image and its label file; `*` in `name` becomes `images` or `labels`. */
async function writeLabelled(
  write: Write,
  { name, png, rows }: { name: string; png: Uint8Array; rows: number[][] },
): Promise<void> {
  await write(`${name.replace("*", "images")}.png`, png);
  const lines = rows.map(([classIndex, ...values]) =>
    [classIndex, ...values.map((value) => value.toFixed(6))].join(" ") + "\n"
  );
  await write(`${name.replace("*", "labels")}.txt`, lines.join(""));
}

/** Without `path`, trainers use the folder of the file, so the dataset can be copied anywhere. */
function dataYaml(classes: string[]): string {
  const names = classes.map((name, index) => `  ${index}: ${name}\n`).join("");
  return `train: images/train\nval: images/val\nnames:\n${names}`;
}

async function drawDogVsCat(write: Write): Promise<void> {
  const random = openRandom(2);
  for (const kind of ["cat", "dog"] as const) {
    for (let index = 0; index < 11; index++) {
      const split = index < 8 ? "train" : "val";
      const png = drawPet(kind, { index, random });
      await write(`dog-vs-cat/${split}/${kind}/${numbered(index)}.png`, png);
    }
  }
}

function numbered(index: number): string {
  return String(index + 1).padStart(3, "0");
}

if (import.meta.main) {
  await drawSampleDatasets(Deno.args[0] ?? join(import.meta.dirname!, "../sample_datasets"));
}
