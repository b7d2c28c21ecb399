import { dirname, resolve } from "node:path";
import type { Config } from "./config.ts";

/** What the server can tell at startup about the durability of its storage. */
export interface StartupFacts {
  /** Development and tests never warn. */
  production: boolean;
  railway: boolean;
  /** Also true on Railway. */
  container: boolean;
  places: Place[];
}

/** A local folder the server writes to; not a database server or a bucket. */
interface Place {
  variable: "DATABASE_URL" | "OUTPUTS_URL";
  folder: string;
  /** On another file system than `/`, such as a mounted volume. */
  mounted: boolean;
}

const LOSSES: Record<Place["variable"], { what: string; elsewhere: string }> = {
  DATABASE_URL: {
    what: "accounts, projects and jobs",
    elsewhere: "set DATABASE_URL to a Postgres database",
  },
  OUTPUTS_URL: {
    what: "output directories",
    elsewhere: "set OUTPUTS_URL to an s3: URL",
  },
};

/** One line for each folder that is lost with the container: what is lost and how to prevent it. */
export function startupWarnings(
  { production, railway, container, places }: StartupFacts,
): string[] {
  if (!production || !container) return [];
  return places.filter(({ mounted }) => !mounted).map(({ variable, folder }) => {
    const { what, elsewhere } = LOSSES[variable];
    const end = railway ? "with the next deployment" : "with this container";
    return `${variable}: ${folder} is not on a volume; ${what} will be lost ${end}. ` +
      `Mount a volume at ${folder}, or ${elsewhere}`;
  });
}

/** Inspects the environment and the file systems. A folder that cannot be read counts as
 * unmounted. */
export async function gatherStartupFacts(
  config: Pick<Config, "env" | "database" | "volume">,
  environment: Record<string, string>,
): Promise<StartupFacts> {
  const railway = Boolean(environment.RAILWAY_ENVIRONMENT ?? environment.RAILWAY_ENVIRONMENT_ID);
  const folders: Omit<Place, "mounted">[] = [];
  if (config.database.kind === "libsql-file") {
    folders.push({ variable: "DATABASE_URL", folder: resolve(dirname(config.database.path)) });
  }
  if (config.volume.kind === "local") {
    folders.push({ variable: "OUTPUTS_URL", folder: resolve(config.volume.root) });
  }
  const mountPath = environment.RAILWAY_VOLUME_MOUNT_PATH;
  return {
    production: config.env === "production",
    railway,
    container: railway || await exists("/.dockerenv") || await exists("/run/.containerenv"),
    places: await Promise.all(folders.map(async (place) => ({
      ...place,
      // Railway names its only volume.
      mounted: railway
        ? mountPath !== undefined && isBelow(place.folder, mountPath)
        : await isOnAnotherDisk(place.folder, "/"),
    }))),
  };
}

function isBelow(folder: string, top: string): boolean {
  return `${folder}/`.startsWith(`${resolve(top)}/`.replace(/\/+$/, "/"));
}

/** A container's own files are on the file system of `/`; a volume is a separate one. */
async function isOnAnotherDisk(folder: string, than: string): Promise<boolean> {
  try {
    return (await Deno.stat(folder)).dev !== (await Deno.stat(than)).dev;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
