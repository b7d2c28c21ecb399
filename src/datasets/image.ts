import type { ImageFile } from "../domain/catalog/dataset.ts";

/** Images are sent as they are: larger ones would weigh on page and server. */
const MAX_BYTES = 8 * 2 ** 20;
const HEAD_BYTES = 18;
/** The sizes, in bytes, that the header after a BMP's signature comes in. */
const BMP_HEADERS = [12, 40, 52, 56, 64, 108, 124];

/** The image in a file; `undefined` where there is none to show. */
export async function readImage(path: string): Promise<ImageFile | undefined> {
  try {
    if (await isTooLarge(path)) return undefined;
    const bytes = await Deno.readFile(path);
    const type = imageType(bytes);
    return type === undefined ? undefined : { type, bytes };
  } catch {
    return undefined;
  }
}

/** Whether `readImage` would answer, found out by the first bytes. */
export async function isShowable(path: string): Promise<boolean> {
  try {
    if (await isTooLarge(path)) return false;
    using file = await Deno.open(path);
    const head = new Uint8Array(HEAD_BYTES);
    await file.read(head);
    return imageType(head) !== undefined;
  } catch {
    return false;
  }
}

async function isTooLarge(path: string): Promise<boolean> {
  return (await Deno.stat(path)).size > MAX_BYTES;
}

/**
 * The media type of what begins like an image that browsers show, whatever its name; never SVG, which
 * can hold scripts. The signatures are those of the MIME Sniffing Standard, section 6.1; for BMP, whose
 * signature is two letters, reserved bytes and the size of the header that follows as well.
 */
export function imageType(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (/^RIFF[^]{4}WEBPVP8/.test(text)) return "image/webp";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  const reserved = text.slice(6, 10) + text.slice(15, 18);
  if (text.startsWith("BM") && reserved === "\0".repeat(7) && BMP_HEADERS.includes(bytes[14]!)) {
    return "image/bmp";
  }
  return undefined;
}
