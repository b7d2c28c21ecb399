-- Who else may see or change a project. Its owner stands in `projects.user_id` and not here.
create table project_members (
  project_id integer not null references projects (id) on delete cascade,
  user_id    integer not null references users (id) on delete cascade,
  role       text not null check (role in ('viewer', 'editor')),
  created_at text not null,
  primary key (project_id, user_id)
) without rowid;
create index project_members_user_id on project_members (user_id, project_id, role);

-- Who did what. Nothing refers to what it tells of, which may be gone. An id is given in order of time: what is too old comes first.
create table audit_log (
  id         integer primary key autoincrement,
  at         text not null,
  user_id    integer,
  user_email text,
  action     text not null,
  project_id integer,
  subject    text,
  detail     text,
  address    text not null,
  request_id text not null
);
create index audit_log_project_id on audit_log (project_id, id);
create index audit_log_user_id on audit_log (user_id, id) where project_id is null;
