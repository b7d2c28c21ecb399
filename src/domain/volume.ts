/** A file below an output directory. */
export interface OutputFile {
  /** Relative to the output directory, `/` between its parts; a directory ends in `/`. */
  path: string;
  /** Bytes; 0 for a directory. */
  size: number;
}

/**
 * Where output directories live. Every method takes an `output_dir` (`outputs/{project}/{leaf}`) and
 * throws a `TypeError` for any other text, and a `DomainError` `unavailable` when the place cannot be
 * reached or written.
 */
export interface Volume {
  /**
   * Makes the directory with `checkpoints/`, `logs/` and `results/`. `false`: the name is taken, and
   * nothing was touched. When it throws, it has taken away again what it could.
   */
  reserve(outputDir: string): Promise<boolean>;
  /** What is inside, in order of path; `undefined` when there is no such directory. */
  list(outputDir: string): Promise<OutputFile[] | undefined>;
  /** Removes the directory and all that is in it; one that is not there is no error. */
  remove(outputDir: string): Promise<void>;
  /** Resolves when directories can be made here. */
  ping(): Promise<void>;
}
