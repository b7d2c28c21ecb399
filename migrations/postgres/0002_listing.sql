-- Lists of any length: how many jobs there are of each kind is counted as they come and go, and a
-- filtered or sorted list takes a few jobs of each kind, by index.

-- Compared by bytes, as libSQL does.
alter table training_jobs
  alter column model_name type text collate "C",
  alter column dataset_path type text collate "C",
  alter column status type text collate "C",
  alter column task_type type text collate "C";

-- Sums over the shards are what counts; one shard may be negative.
create table training_job_counts (
  project_id   bigint not null,
  model_name   text collate "C" not null,
  dataset_path text collate "C" not null,
  status       text collate "C" not null,
  task_type    text collate "C" not null,
  shard        integer not null,
  n            bigint not null,
  updated_at   timestamptz not null,
  primary key (project_id, model_name, dataset_path, status, task_type, shard)
);

insert into training_job_counts
select project_id, model_name, dataset_path, status, task_type, 0, count(*), max(updated_at)
from training_jobs
group by project_id, model_name, dataset_path, status, task_type;

-- Adds a statement's changes to the shard of its connection: connections that insert at once seldom
-- wait for one another, and in the order of the key never in a circle.
create function count_training_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into training_job_counts as c
    select project_id, model_name, dataset_path, status, task_type, pg_backend_pid() % 8,
      count(*), max(updated_at)
    from added
    group by project_id, model_name, dataset_path, status, task_type
    order by project_id, model_name, dataset_path, status, task_type
    on conflict (project_id, model_name, dataset_path, status, task_type, shard)
    do update set n = c.n + excluded.n, updated_at = greatest(c.updated_at, excluded.updated_at);
  elsif tg_op = 'UPDATE' then
    insert into training_job_counts as c
    select project_id, model_name, dataset_path, status, task_type, pg_backend_pid() % 8,
      sum(change), max(updated_at)
    from (
      select o.project_id, o.model_name, o.dataset_path, o.status, o.task_type, -1 as change,
        n.updated_at
      from removed o join added n on n.id = o.id
      union all
      select project_id, model_name, dataset_path, status, task_type, 1, updated_at from added
    ) changes
    group by project_id, model_name, dataset_path, status, task_type
    having sum(change) <> 0
    order by project_id, model_name, dataset_path, status, task_type
    on conflict (project_id, model_name, dataset_path, status, task_type, shard)
    do update set n = c.n + excluded.n, updated_at = greatest(c.updated_at, excluded.updated_at);
  else
    insert into training_job_counts as c
    select project_id, model_name, dataset_path, status, task_type, pg_backend_pid() % 8,
      -count(*), max(updated_at)
    from removed
    group by project_id, model_name, dataset_path, status, task_type
    order by project_id, model_name, dataset_path, status, task_type
    on conflict (project_id, model_name, dataset_path, status, task_type, shard)
    do update set n = c.n + excluded.n;
  end if;
  return null;
end $$;

create trigger training_jobs_count_inserted after insert on training_jobs
referencing new table as added
for each statement execute function count_training_jobs();
create trigger training_jobs_count_updated after update on training_jobs
referencing old table as removed new table as added
for each statement execute function count_training_jobs();
create trigger training_jobs_count_deleted after delete on training_jobs
referencing old table as removed
for each statement execute function count_training_jobs();

-- No foreign key: its check would hold on to the project while a job changes its status.
create function forget_training_job_counts() returns trigger language plpgsql as $$
begin
  delete from training_job_counts where project_id = old.id;
  return null;
end $$;
create trigger projects_forget_counts after delete on projects
for each row execute function forget_training_job_counts();

create index training_jobs_kind
on training_jobs (project_id, model_name, dataset_path, status, id);
create index training_jobs_accuracy
on training_jobs (project_id, model_name, dataset_path, status, accuracy, id);
drop index training_jobs_status;
create index training_jobs_status on training_jobs (status, id);
