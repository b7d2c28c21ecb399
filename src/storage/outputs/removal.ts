import type { Change } from "../../domain/kernel/actor.ts";
import type { OutputRemovals } from "../../domain/outputs/removal.ts";
import type { Database } from "../sql/database.ts";
import { isIn, type Sql, sql } from "../sql/sql.ts";

/** Records the output directories of jobs for removal, in the write that deletes the jobs. */
export function recordRemoval(jobs: Sql, { now }: Change): Sql {
  return sql`
    insert into output_removals (output_dir, requested_at) select output_dir, ${now} from ${jobs}`;
}

export function outputRemovalQueries(db: Database): OutputRemovals {
  return {
    async pending({ after, limit }) {
      const rows = await db.read(sql`
        select output_dir from output_removals
        where removed_at is null and output_dir > ${after}
        order by output_dir limit ${limit}`);
      return rows.map((row) => String(row.output_dir));
    },

    async markRemoved(outputDirs, { now }) {
      await db.write([sql`
        update output_removals set removed_at = ${now} where ${
        isIn(sql`output_dir`, outputDirs)
      }`]);
    },

    async forget({ before }) {
      await db.write([sql`delete from output_removals where removed_at < ${before}`]);
    },
  };
}
