import type { Random } from "./random.ts";
import {
  type Canvas,
  type Colour,
  ellipse,
  openCanvas,
  type Point,
  type Pose,
  posed,
  rounded,
  stroke,
} from "./raster.ts";

const WHITE: Colour = [255, 255, 255];
const INK: Colour = [52, 40, 44];
const PINK: Colour = [240, 150, 160];
const TONGUE: Colour = [232, 104, 116];

const BACKGROUNDS: [sky: Colour, ground: Colour][] = [
  [[214, 236, 250], [168, 206, 236]],
  [[255, 240, 214], [250, 214, 170]],
  [[226, 244, 222], [182, 220, 184]],
  [[244, 228, 246], [214, 190, 230]],
  [[255, 228, 224], [246, 194, 190]],
  [[222, 242, 240], [164, 214, 212]],
];

interface Coat {
  fur: Colour;
  dark: Colour;
  light: Colour;
}

const CAT_COATS: Coat[] = [
  { fur: [240, 164, 88], dark: [208, 122, 52], light: [255, 232, 204] },
  { fur: [148, 152, 164], dark: [104, 108, 124], light: [226, 228, 234] },
  { fur: [250, 240, 228], dark: [222, 196, 168], light: [255, 252, 248] },
  { fur: [76, 74, 88], dark: [50, 48, 60], light: [176, 174, 188] },
  { fur: [196, 150, 112], dark: [144, 100, 68], light: [246, 226, 204] },
];
const DOG_COATS: Coat[] = [
  { fur: [226, 174, 108], dark: [176, 120, 64], light: [252, 232, 200] },
  { fur: [150, 98, 66], dark: [104, 64, 44], light: [226, 188, 152] },
  { fur: [248, 242, 232], dark: [150, 104, 74], light: [255, 255, 252] },
  { fur: [92, 88, 96], dark: [58, 54, 62], light: [206, 196, 188] },
  { fur: [206, 190, 172], dark: [140, 120, 106], light: [246, 238, 226] },
];
const EYES: [Colour, ...Colour[]] = [[130, 190, 90], [240, 190, 70], [100, 176, 214]];
const COLLARS: [Colour, ...Colour[]] = [[214, 72, 76], [64, 124, 196], [70, 158, 112]];

interface Subject {
  coat: Coat;
  random: Random;
}

/** Draws a cat's or dog's head as a PNG. Coat and background depend on `index`, the rest is
 * random. */
export function drawPet(
  kind: "cat" | "dog",
  { index, random }: { index: number; random: Random },
): Uint8Array {
  // Offset the dogs' backgrounds, so that the background does not reveal the class.
  const [sky, ground] = BACKGROUNDS[(index * 5 + (kind === "dog" ? 2 : 0)) % BACKGROUNDS.length]!;
  const canvas = openCanvas({ width: 192, height: 192 }, { sky, ground });
  const pose: Pose = {
    x: random.between(80, 112),
    y: random.between(88, 106),
    scale: random.between(46, 62),
    angle: random.between(-0.22, 0.22),
  };
  const halo = ellipse([pose.x, pose.y], [pose.scale * 1.5, pose.scale * 1.5]);
  canvas.fill(halo, WHITE, { alpha: 0.3 });
  const coats = kind === "cat" ? CAT_COATS : DOG_COATS;
  const draw = kind === "cat" ? drawCat : drawDog;
  draw(penAt(canvas, pose), { coat: coats[index % coats.length]!, random });
  return canvas.png();
}

interface Pen {
  fill: Canvas["fill"];
  /** Fills a shape and its mirror image. */
  both(points: readonly Point[], colour: Colour, options?: { alpha?: number }): void;
}

/** Uses coordinates relative to the head: origin at its centre, radius about 1. */
function penAt(canvas: Canvas, pose: Pose): Pen {
  const fill: Pen["fill"] = (points, colour, options) =>
    canvas.fill(posed(points, pose), colour, options);
  return {
    fill,
    both(points, colour, options) {
      fill(points, colour, options);
      fill(points.map(([x, y]): Point => [-x, y]), colour, options);
    },
  };
}

function drawCat({ fill, both }: Pen, { coat: { fur, dark, light }, random }: Subject): void {
  fill(ellipse([0, 1.75], [0.78, 1.15]), dark);
  fill(ellipse([0, 1.75], [0.42, 0.95]), light);
  both(rounded(path("0.1,-0.5 0.46,-0.82 0.98,-1.5 1.0,-0.7 0.86,0")), fur);
  both(rounded(path("0.4,-0.55 0.58,-0.8 0.88,-1.2 0.88,-0.7 0.8,-0.3")), PINK);
  const head = path("0,-0.98 0.56,-0.9 0.98,-0.3 1.12,0.36 0.7,0.88 0,0.94");
  fill(rounded(mirrored(head)), fur);
  for (const x of [-0.24, 0, 0.24]) {
    const top: Point = [x * 1.1, -0.86 + Math.abs(x) * 0.2];
    fill(stroke(top, [x * 0.8, -0.4 - Math.abs(x) * 0.3], { width: 0.2 }), dark);
  }
  both(stroke([1.0, 0.1], [0.68, 0.16], { width: 0.1 }), dark);
  both(stroke([0.98, 0.36], [0.7, 0.36], { width: 0.1 }), dark);
  fill(rounded(path("0,0.1 0.5,0.3 0.46,0.78 0,0.84 -0.46,0.78 -0.5,0.3")), light);
  both(ellipse([0.62, 0.42], [0.16, 0.1]), PINK, { alpha: 0.5 });

  const iris = random.pick(EYES);
  const pupil = random.between(0.07, 0.14);
  both(ellipse([0.42, -0.04], [0.235, 0.255]), INK);
  both(ellipse([0.42, -0.04], [0.2, 0.22]), iris);
  both(ellipse([0.42, -0.04], [pupil, 0.19]), INK);
  for (const x of [-0.42, 0.42]) fill(ellipse([x + 0.07, -0.13], [0.06, 0.06]), WHITE);

  fill(rounded(path("-0.16,0.26 0.16,0.26 0,0.46"), 2), PINK);
  both(stroke([0, 0.42], [0.27, 0.5], { width: 0.08, bend: 0.1 }), INK);
  for (const lift of [-0.14, 0.02, 0.18]) {
    both(
      stroke([0.4, 0.45 + lift * 0.4], [1.3, 0.36 + lift], { width: 0.045, bend: -0.05 }),
      INK,
    );
  }
}

function drawDog({ fill, both }: Pen, { coat: { fur, dark, light }, random }: Subject): void {
  const collar = random.pick(COLLARS);
  fill(ellipse([0, 1.85], [0.86, 1.15]), fur);
  fill(ellipse([0, 1.95], [0.46, 0.9]), light);
  fill(rounded(path("-0.8,0.72 0.8,0.72 0.76,1.16 0,1.34 -0.76,1.16")), collar);
  fill(ellipse([0, 1.24], [0.14, 0.14]), [250, 208, 92]);
  const head = path("0,-0.98 0.62,-0.92 0.92,-0.3 0.86,0.4 0.6,0.98 0,1.1");
  fill(rounded(mirrored(head)), fur);
  if (random.between(0, 1) < 0.5) fill(ellipse([-0.38, -0.2], [0.32, 0.38], { angle: 0.3 }), dark);
  else fill(rounded(path("-0.14,-1 0.14,-1 0.12,0.2 -0.12,0.2")), light);
  const flop = { x: 0, y: 0, scale: 1, angle: random.between(-0.1, 0.06) };
  const ear = rounded(path("0.42,-0.92 0.86,-0.98 1.33,-0.3 1.29,0.52 0.94,0.6 0.78,-0.2"));
  const inside = rounded(path("0.72,-0.72 0.92,-0.74 1.21,-0.2 1.17,0.34 1,0.3 0.86,-0.2"));
  both(posed(ear, flop), dark);
  both(posed(inside, flop), fur, { alpha: 0.25 });

  fill(
    rounded(path("0,0 0.5,0.14 0.68,0.58 0.4,0.98 0,1.02 -0.4,0.98 -0.68,0.58 -0.5,0.14")),
    light,
  );
  if (random.between(0, 1) < 0.6) {
    fill(rounded(path("-0.2,0.66 0.2,0.66 0.2,1.06 0,1.2 -0.2,1.06")), TONGUE);
    fill(stroke([0, 0.7], [0, 0.98], { width: 0.06 }), [196, 72, 88]);
  }
  fill(stroke([0, 0.36], [0, 0.68], { width: 0.1 }), INK);
  both(stroke([0, 0.66], [0.36, 0.6], { width: 0.09, bend: 0.1 }), INK);
  fill(rounded(path("-0.26,0.16 0.26,0.16 0.22,0.4 0,0.5 -0.22,0.4")), INK);
  fill(ellipse([-0.06, 0.23], [0.08, 0.035]), WHITE, { alpha: 0.6 });
  for (const x of [-0.28, -0.36, 0.28, 0.36]) fill(ellipse([x, 0.56], [0.025, 0.025]), dark);

  both(ellipse([0.36, -0.16], [0.15, 0.17]), INK);
  for (const x of [-0.36, 0.36]) fill(ellipse([x + 0.05, -0.22], [0.05, 0.05]), WHITE);
  both(stroke([0.26, -0.46], [0.5, -0.42], { width: 0.12, bend: -0.05 }), dark);
}

/** Completes an outline from its right half, given from top to bottom. */
function mirrored(half: readonly Point[]): Point[] {
  const inner = half.slice(1, -1);
  return [...half, ...inner.map(([x, y]): Point => [-x, y]).reverse()];
}

/** Parses points in SVG notation: `0,-0.98 0.56,-0.9`. */
function path(points: string): Point[] {
  return points.split(" ").map((point) => point.split(",").map(Number) as [number, number]);
}
