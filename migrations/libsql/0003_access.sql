-- Where a session is used from, for its owner to recognise it. Sessions that are there go on.
alter table sessions add column last_seen_at text;
alter table sessions add column address text;
alter table sessions add column user_agent text;
create index sessions_user_id on sessions (user_id);

-- The token itself is kept nowhere; its hash finds it.
create table personal_access_tokens (
  id                integer primary key autoincrement,
  user_id           integer not null references users (id) on delete cascade,
  name              text not null,
  scope             text not null check (scope in ('read', 'write')),
  token_hash        text not null unique,
  created_at        text not null,
  expires_at        text not null,
  last_used_at      text,
  last_used_address text,
  unique (user_id, name)
);
