alter table audit_log
  add column actor text not null default 'user' check (actor in ('user', 'runner', 'system')),
  add column runner_id bigint,
  alter column address drop not null,
  alter column request_id drop not null;

-- Compared by bytes, as libSQL does.
create table output_removals (
  output_dir   text collate "C" primary key not null,
  requested_at timestamptz not null,
  removed_at   timestamptz
);
create index output_removals_pending on output_removals (output_dir) where removed_at is null;
