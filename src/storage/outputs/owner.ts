import type { Status } from "../../domain/jobs/status.ts";
import type { OutputOwner, OutputOwners } from "../../domain/outputs/owner.ts";
import type { Database } from "../sql/database.ts";
import { joinSql, sql } from "../sql/sql.ts";

export function outputOwnerQueries(db: Database): OutputOwners {
  return {
    async ownersOf(outputDirs) {
      if (outputDirs.length === 0) return new Map();
      // Both databases name the column of a `values` list `column1`. Directories without an owner are
      // answered too: an answer that was cut short must not look like "none".
      const rows = await db.read(sql`
        select asked.column1 as output_dir,
          case when training_jobs.id is not null then 'job'
            when output_removals.output_dir is not null then 'removal' else 'none' end as owner
        from (values ${joinSql(outputDirs.map((name) => sql`(${name})`), ", ")}) as asked
        left join training_jobs on training_jobs.output_dir = asked.column1
        left join output_removals on output_removals.output_dir = asked.column1`);
      const owners = new Map(
        rows.map((row) => [String(row.output_dir), row.owner as OutputOwner]),
      );
      if (outputDirs.every((name) => owners.has(name))) return owners;
      throw new Error("the database did not answer for every output directory");
    },

    async outputDirs({ after, limit }) {
      const rows = await db.read(sql`
        select id, output_dir, status from training_jobs
        where id > ${after} order by id limit ${limit}`);
      return rows.map((row) => ({
        id: Number(row.id),
        output_dir: String(row.output_dir),
        status: row.status as Status,
      }));
    },
  };
}
