-- Who else may see or change a project. Its owner stands in `projects.user_id` and not here.
create table project_members (
  project_id integer not null references projects (id) on delete cascade,
  user_id    integer not null references users (id) on delete cascade,
  role       text not null check (role in ('viewer', 'editor')),
  created_at text not null,
  primary key (project_id, user_id)
) without rowid;
create index project_members_user_id on project_members (user_id, project_id, role);
