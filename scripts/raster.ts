import { encode } from "fast-png";

export type Point = readonly [x: number, y: number];
export type Colour = readonly [red: number, green: number, blue: number];
/** In pixels; `right` and `bottom` are exclusive. */
export type Box = { left: number; top: number; right: number; bottom: number };

export interface Canvas {
  width: number;
  height: number;
  /** Fills a polygon by the even-odd rule and returns the bounding box of the pixels it touched. */
  fill(polygon: readonly Point[], colour: Colour, options?: { alpha?: number }): Box;
  /** Encodes the canvas as an 8-bit RGB PNG. */
  png(): Uint8Array;
}

/** Samples per pixel and axis, for antialiasing. */
const SAMPLES = 4;

/** A canvas with a vertical gradient from `sky` to `ground`. */
export function openCanvas(
  size: { width: number; height: number },
  { sky, ground }: { sky: Colour; ground: Colour },
): Canvas {
  const { width, height } = size;
  const columns = width * SAMPLES;
  const samples = new Float32Array(columns * height * SAMPLES * 3);
  for (let index = 0; index < samples.length; index++) {
    const down = Math.floor(index / (columns * SAMPLES * 3)) / (height - 1);
    const channel = index % 3;
    samples[index] = sky[channel]! + (ground[channel]! - sky[channel]!) * down;
  }

  function fill(polygon: readonly Point[], colour: Colour, { alpha = 1 } = {}): Box {
    const box = { left: width, top: height, right: 0, bottom: 0 };
    for (let row = 0; row < height * SAMPLES; row++) {
      const ends = crossings(polygon, (row + 0.5) / SAMPLES);
      for (let index = 0; index + 1 < ends.length; index += 2) {
        const first = Math.max(0, Math.ceil(ends[index]! * SAMPLES - 0.5));
        const last = Math.min(columns - 1, Math.floor(ends[index + 1]! * SAMPLES - 0.5));
        if (last < first) continue;
        box.left = Math.min(box.left, Math.floor(first / SAMPLES));
        box.top = Math.min(box.top, Math.floor(row / SAMPLES));
        box.right = Math.max(box.right, Math.floor(last / SAMPLES) + 1);
        box.bottom = Math.max(box.bottom, Math.floor(row / SAMPLES) + 1);
        for (let at = (row * columns + first) * 3; at < (row * columns + last + 1) * 3; at++) {
          samples[at]! += (colour[at % 3]! - samples[at]!) * alpha;
        }
      }
    }
    return box;
  }

  function png(): Uint8Array {
    const data = new Uint8Array(width * height * 3);
    for (let index = 0; index < data.length; index++) {
      const column = Math.floor(index / 3) % width;
      const row = Math.floor(index / 3 / width);
      let sum = 0;
      for (let sample = 0; sample < SAMPLES ** 2; sample++) {
        const x = column * SAMPLES + sample % SAMPLES;
        const y = row * SAMPLES + Math.floor(sample / SAMPLES);
        sum += samples[(y * columns + x) * 3 + index % 3]!;
      }
      data[index] = Math.round(sum / SAMPLES ** 2);
    }
    return encode({ width, height, data, channels: 3, depth: 8 });
  }

  return { width, height, fill, png };
}

/** The x coordinates where a horizontal line crosses the edges of a polygon, ascending. */
function crossings(polygon: readonly Point[], y: number): number[] {
  const xs: number[] = [];
  for (const [index, [x1, y1]] of polygon.entries()) {
    const [x2, y2] = polygon[(index + 1) % polygon.length]!;
    if ((y1 <= y) !== (y2 <= y)) xs.push(x1 + (x2 - x1) * (y - y1) / (y2 - y1));
  }
  return xs.sort((one, other) => one - other);
}

export interface Pose {
  x: number;
  y: number;
  scale: number;
  /** Radians, clockwise. */
  angle: number;
}

/** Scales, rotates and moves points given around the origin. */
export function posed(points: readonly Point[], { x, y, scale, angle }: Pose): Point[] {
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  return points.map(([px, py]) => [x + px * cos - py * sin, y + px * sin + py * cos]);
}

export function ellipse([x, y]: Point, [rx, ry]: Point, { angle = 0, sides = 40 } = {}): Point[] {
  const circle = Array.from({ length: sides }, (_, index): Point => {
    const turn = 2 * Math.PI * index / sides;
    return [rx * Math.cos(turn), ry * Math.sin(turn)];
  });
  return posed(circle, { x, y, scale: 1, angle });
}

/** Rounds the corners of a polygon (Chaikin's algorithm). */
export function rounded(polygon: readonly Point[], rounds = 3): Point[] {
  if (rounds === 0) return [...polygon];
  const cut = polygon.flatMap(([x1, y1], index): Point[] => {
    const [x2, y2] = polygon[(index + 1) % polygon.length]!;
    return [
      [x1 * 0.75 + x2 * 0.25, y1 * 0.75 + y2 * 0.25],
      [x1 * 0.25 + x2 * 0.75, y1 * 0.25 + y2 * 0.75],
    ];
  });
  return rounded(cut, rounds - 1);
}

/** A brush stroke along an arc between two points, bent to the right by `bend`. */
export function stroke(
  [x1, y1]: Point,
  [x2, y2]: Point,
  { width, bend = 0 }: { width: number; bend?: number },
): Point[] {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [nx, ny] = [-(y2 - y1) / length, (x2 - x1) / length];
  const steps = Array.from({ length: 13 }, (_, index) => index / 12);
  const side = (sign: number) =>
    steps.map((t): Point => {
      const bulge = bend * 4 * t * (1 - t);
      // Tapers at both ends.
      const half = sign * width * (0.2 + 1.2 * t * (1 - t));
      return [x1 + (x2 - x1) * t + nx * (bulge + half), y1 + (y2 - y1) * t + ny * (bulge + half)];
    });
  return [...side(1), ...side(-1).reverse()];
}
