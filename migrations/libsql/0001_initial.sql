-- Time stamps are RFC 3339 text in UTC with milliseconds, so that they sort as they read.

create table users (
  id            integer primary key autoincrement,
  email         text not null unique,
  full_name     text,
  password_hash text not null,
  created_at    text not null
);

create table sessions (
  id         text primary key not null,
  user_id    integer not null references users (id) on delete cascade,
  created_at text not null,
  expires_at text not null
);
create index sessions_expires_at on sessions (expires_at);

-- autoincrement: an id is never used again, as output directories are named after it.
create table projects (
  id          integer primary key autoincrement,
  user_id     integer not null references users (id),
  name        text not null,
  description text not null default '',
  created_at  text not null,
  updated_at  text not null
);
create index projects_user_id on projects (user_id);

create table training_jobs (
  id             integer primary key autoincrement,
  project_id     integer not null references projects (id),
  model_name     text not null,
  framework      text not null,
  task_type      text not null,
  dataset_path   text not null,
  dataset_format text not null default 'imagefolder'
                 check (dataset_format in ('yolo', 'imagefolder', 'coco')),
  num_classes    integer,
  epochs         integer not null default 50 check (epochs between 1 and 1000),
  batch_size     integer not null default 32 check (batch_size between 1 and 512),
  learning_rate  real not null default 0.001 check (learning_rate > 0 and learning_rate <= 1),
  optimizer      text not null default 'adam'
                 check (optimizer in ('adam', 'adamw', 'sgd', 'rmsprop', 'nadam', 'radam', 'adamax')),
  pretrained     boolean not null default true,
  output_dir     text not null unique,
  status         text not null default 'pending'
                 check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
  accuracy       real,
  loss           real,
  created_at     text not null,
  updated_at     text not null,
  started_at     text,
  completed_at   text,
  error_message  text
);
-- Lists walk a project newest first.
create index training_jobs_project_id on training_jobs (project_id, id);
create index training_jobs_status on training_jobs (status);

-- What was answered to a creation with an Idempotency-Key. No reference to the job: the memory of a
-- creation outlives a deleted job, or a late retry would create it anew.
create table idempotency_keys (
  user_id    integer not null references users (id) on delete cascade,
  key        text not null,
  input_hash text not null,
  job_id     integer not null,
  answer     text not null,
  created_at text not null,
  primary key (user_id, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
