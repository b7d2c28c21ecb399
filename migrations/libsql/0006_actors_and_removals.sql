-- The audit log tells people, runners and the server itself apart, and needs no request behind an
-- entry. SQLite cannot drop `not null`, so the table is copied.
create table audit_log_new (
  id         integer primary key autoincrement,
  at         text not null,
  actor      text not null default 'user' check (actor in ('user', 'runner', 'system')),
  user_id    integer,
  user_email text,
  runner_id  integer,
  action     text not null,
  project_id integer,
  subject    text,
  detail     text,
  address    text,
  request_id text
);
insert into audit_log_new (
  id, at, user_id, user_email, action, project_id, subject, detail, address, request_id)
select id, at, user_id, user_email, action, project_id, subject, detail, address, request_id
from audit_log order by id;
drop table audit_log;
alter table audit_log_new rename to audit_log;
create index audit_log_project_id on audit_log (project_id, id);
create index audit_log_user_id on audit_log (user_id, id) where project_id is null;

-- Output directories to be removed, recorded in the commit that deletes their jobs. A row is kept for
-- a while after the removal, and its name is given to no new job meanwhile.
create table output_removals (
  output_dir   text primary key not null,
  requested_at text not null,
  removed_at   text
) without rowid;
create index output_removals_pending on output_removals (output_dir) where removed_at is null;
