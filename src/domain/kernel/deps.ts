import type { Datasets } from "../catalog/dataset.ts";
import type { Catalogue } from "../catalog/model.ts";
import type { outputDirNames } from "../outputs/output_dir.ts";
import type { Storage } from "./storage.ts";
import type { Volume } from "../outputs/volume.ts";

/** What an operation may ask; `src/main.ts` puts the real ones together. */
export interface Deps {
  storage: Storage;
  volume: Volume;
  datasets: Datasets;
  models: Catalogue;
  nextOutputDir: ReturnType<typeof outputDirNames>;
  /** Output directories that `settleUnknown` has to look after, with the time they came in. */
  unsettled: Map<string, Date>;
  /** The clock. An operation stamps what it writes with one reading. */
  now: () => Date;
  log: Log;
  /** Slows down an account that creates too fast; absent, nobody is slowed. */
  creationLimit?: AccountLimit | undefined;
  /** Slows down an account that tries addresses to share projects with; as above. */
  sharingLimit?: AccountLimit | undefined;
  /** How many creations have begun and not ended, for a database that lets them share commits. */
  creations?: { underWay: number } | undefined;
  /** Hears of each creation, where somebody counts them. */
  onCreated?: (() => void) | undefined;
}

/** How often an account may do something in a time. */
export interface AccountLimit {
  /** Counts once. Throws a `DomainError` `too_many` when that was too often. */
  count(account: { userId: number }): Promise<void>;
}

/** Facts go in `fields`; never a secret, a token or a whole request. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
