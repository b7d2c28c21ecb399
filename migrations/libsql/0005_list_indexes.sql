drop index training_jobs_status;
drop index training_jobs_kind;
drop index training_jobs_accuracy;
create index training_jobs_status on training_jobs (project_id, status, id);
create index training_jobs_model
on training_jobs (project_id, model_name, dataset_path, id, status, task_type);
create index training_jobs_accuracy
on training_jobs (project_id, model_name, dataset_path, accuracy, id, status);
