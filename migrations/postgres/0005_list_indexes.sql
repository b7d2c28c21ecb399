-- Lists take the first jobs of each group by index: of a project, of a status in a project, and of a
-- model and dataset in a project, by id or by accuracy. The columns after `id` are only filtered by.
drop index training_jobs_status;
create index training_jobs_status on training_jobs (project_id, status, id);
drop index training_jobs_kind;
create index training_jobs_model
on training_jobs (project_id, model_name, dataset_path, id, status, task_type);
drop index training_jobs_accuracy;
create index training_jobs_accuracy
on training_jobs (project_id, model_name, dataset_path, accuracy, id, status);
