import chromiumPackage, { inflate } from "@sparticuz/chromium";
import { fileURLToPath } from "node:url";
import { chromium, type LaunchOptions } from "playwright-core";

declare module "vitest" {
  interface ProvidedContext {
    browser: LaunchOptions;
  }
}

const FOLDER = fileURLToPath(new URL("../.artifacts/chromium-153", import.meta.url));
const PACKAGED = new URL("../node_modules/@sparticuz/chromium/bin/", import.meta.url);
const ARGS = ["--no-sandbox", "--headless", "--disable-background-networking", "--disable-quic"];

/** Finds a Chromium that starts here, once for all tests, and tells them how to launch it. */
export default async function findBrowser(
  { provide }: { provide: (key: "browser", options: LaunchOptions) => void },
): Promise<void> {
  const failures: string[] = [];
  for await (const options of candidates()) {
    try {
      const browser = await chromium.launch(options);
      await browser.close();
      return provide("browser", options);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`no Chromium starts on this machine:\n${failures.join("\n")}`);
}

/** Preferred first. */
async function* candidates(): AsyncGenerator<LaunchOptions> {
  const chosen = Deno.env.get("CHROMIUM_PATH");
  if (chosen) yield { executablePath: chosen, args: ARGS };
  if (Deno.build.os === "linux" && Deno.build.arch === "x86_64") yield* packaged();
  yield { executablePath: "/usr/bin/chromium", args: ARGS };
  yield { channel: "chrome", args: ARGS };
}

/** The one in the npm package; where the system lacks its libraries, with those beside it. */
async function* packaged(): AsyncGenerator<LaunchOptions> {
  await unpack();
  const executablePath = `${FOLDER}/chromium`;
  const env = { ...Deno.env.toObject(), FONTCONFIG_PATH: await fontConfig() };
  yield { executablePath, args: ARGS, env };
  yield { executablePath, args: ARGS, env: { ...env, LD_LIBRARY_PATH: `${FOLDER}/al2023/lib` } };
}

/** Into a folder of its own: the package takes whatever `chromium` lies in the temporary folder, also
 * one that another run left half-written. */
async function unpack(): Promise<void> {
  const complete = `${FOLDER}/complete`;
  if (await exists(complete)) return;
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  const temporary = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", FOLDER);
  try {
    await chromiumPackage.executablePath();
    await inflate(fileURLToPath(new URL("al2023.tar.br", PACKAGED)));
  } finally {
    if (temporary === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", temporary);
  }
  await Deno.writeTextFile(complete, "");
}

async function fontConfig(): Promise<string> {
  return await exists("/etc/fonts/fonts.conf") ? "/etc/fonts" : `${FOLDER}/fonts`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
