create table project_members (
  project_id bigint not null references projects (id) on delete cascade,
  user_id    bigint not null references users (id) on delete cascade,
  role       text not null check (role in ('viewer', 'editor')),
  created_at timestamptz not null,
  primary key (project_id, user_id)
);
create index project_members_user_id on project_members (user_id, project_id, role);
