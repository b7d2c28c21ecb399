import { loadDatabaseLocation } from "../src/config.ts";
import { StartupError } from "../src/domain/kernel/errors.ts";
import { migrate } from "../src/storage/sql/migrate.ts";
import { openDatabase } from "../src/storage/open.ts";

/** Applies pending migrations. */
try {
  const { db, migrations } = await openDatabase(loadDatabaseLocation(Deno.env.toObject()));
  const applied = await migrate(db, { folder: migrations, now: new Date() });
  await db.close();
  console.log(applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
