/** Database × volume; the contract is the same on each. */
export const BACKENDS = ["libsql × disk", "postgres × disk", "postgres × s3"] as const;
export type Backend = typeof BACKENDS[number];

/** The name of the PostgreSQL that the tests bring along. */
export const EMBEDDED = "embedded PostgreSQL";
