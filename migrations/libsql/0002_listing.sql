-- Lists of any length: how many jobs there are of each kind is counted as they come and go, and a
-- filtered or sorted list takes a few jobs of each kind, by index.

-- `n` may fall to 0, and a row stays then. One row has one writer at a time: where several write at
-- once (Postgres), each adds to a shard of its own and the sum is what counts.
create table training_job_counts (
  project_id   integer not null,
  model_name   text not null,
  dataset_path text not null,
  status       text not null,
  task_type    text not null,
  shard        integer not null,
  n            integer not null,
  -- When a job last became one of these, or ceased to be.
  updated_at   text not null,
  primary key (project_id, model_name, dataset_path, status, task_type, shard)
) without rowid;

insert into training_job_counts
select project_id, model_name, dataset_path, status, task_type, 0, count(*), max(updated_at)
from training_jobs
group by project_id, model_name, dataset_path, status, task_type;

create trigger training_jobs_count_inserted after insert on training_jobs begin
  insert into training_job_counts
  values (
    new.project_id, new.model_name, new.dataset_path, new.status, new.task_type, 0, 1,
    new.updated_at)
  on conflict do update set n = n + 1, updated_at = max(updated_at, excluded.updated_at);
end;

create trigger training_jobs_count_updated
after update of project_id, model_name, dataset_path, status, task_type on training_jobs
when (old.project_id, old.model_name, old.dataset_path, old.status, old.task_type)
  is not (new.project_id, new.model_name, new.dataset_path, new.status, new.task_type)
begin
  update training_job_counts set n = n - 1, updated_at = max(updated_at, new.updated_at)
  where project_id = old.project_id and model_name = old.model_name
    and dataset_path = old.dataset_path and status = old.status and task_type = old.task_type;
  insert into training_job_counts
  values (
    new.project_id, new.model_name, new.dataset_path, new.status, new.task_type, 0, 1,
    new.updated_at)
  on conflict do update set n = n + 1, updated_at = max(updated_at, excluded.updated_at);
end;

create trigger training_jobs_count_deleted after delete on training_jobs begin
  update training_job_counts set n = n - 1
  where project_id = old.project_id and model_name = old.model_name
    and dataset_path = old.dataset_path and status = old.status and task_type = old.task_type;
end;

-- No foreign key: its check would hold on to the project while a job changes its status.
create trigger projects_forget_counts after delete on projects begin
  delete from training_job_counts where project_id = old.id;
end;

-- Jobs of one kind, newest first, and by accuracy; the oldest of a status.
create index training_jobs_kind
on training_jobs (project_id, model_name, dataset_path, status, id);
create index training_jobs_accuracy
on training_jobs (project_id, model_name, dataset_path, status, accuracy, id);
drop index training_jobs_status;
create index training_jobs_status on training_jobs (status, id);
