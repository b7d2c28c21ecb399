import type { Project } from "../../src/domain/projects/project.ts";
import type { ProjectMember } from "../../src/domain/projects/member.ts";
import { allows, MEMBER_ROLES } from "../../src/domain/projects/role.ts";
import { Age } from "../parts/age.tsx";
import { Field } from "../parts/field.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** What the form shows: the rejected input, or the initial values. */
export interface MemberForm {
  email: string;
  role: string;
  /** Messages by field. */
  errors: Record<string, string>;
  notice?: string | undefined;
}

interface ProjectMembersProps {
  page: PageContext;
  project: Project;
  members: ProjectMember[];
  form: MemberForm;
  /** Confirms the action that led here. */
  done?: string | undefined;
}

/** A project's members. All members see them; only the owner can change them. */
export function ProjectMembersPage(props: ProjectMembersProps) {
  const { page, project, members, done } = props;
  const { members: words } = page.messages;
  return (
    <Layout
      page={page}
      title={words.title}
      trail={[{ label: project.name, href: `/projects/${project.id}` }, { label: words.title }]}
    >
      <div class="sheet">
        <div>
          <h1>{words.title}</h1>
          <p class="lead">{words.hint}</p>
        </div>
        {done && <p class="notice done" role="status">{done}</p>}
        <section class="card stack" aria-label={words.title}>
          <ul class="entries people">
            {members.map((member) => <Member key={member.user_id} {...props} member={member} />)}
          </ul>
        </section>
        {allows(project.role, "owner") && <AddMember {...props} />}
      </div>
    </Layout>
  );
}

function Member({ page, project, member }: ProjectMembersProps & { member: ProjectMember }) {
  const { members: words } = page.messages;
  const name = member.full_name ?? member.email;
  const isReader = member.user_id === page.user?.id;
  const isOwner = member.role === "owner";
  const href = `/projects/${project.id}/members/${member.user_id}`;
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong>
          <span class="mark">{words.roles[member.role]}</span>
          {isReader && <span class="mark">{words.you}</span>}
        </p>
        <p class="facts">
          {member.full_name && <span>{member.email}</span>}
          {!isOwner && (
            <span>
              {words.since} <Age page={page} at={member.created_at} />
            </span>
          )}
        </p>
      </div>
      {project.role === "owner" && !isOwner && (
        <div class="actions">
          <form method="post" action={`${href}/role`} class="actions">
            <RoleChoice page={page} role={member.role} label={words.roleOf(name)} />
            <button type="submit" aria-label={words.saveOf(name)}>{words.save}</button>
          </form>
          <form method="post" action={`${href}/remove`}>
            <button type="submit" class="destructive" aria-label={words.removeOf(name)}>
              {words.remove}
            </button>
          </form>
        </div>
      )}
      {isReader && !isOwner && (
        <form method="post" action={`${href}/remove`}>
          <button type="submit" class="destructive">{words.leave}</button>
        </form>
      )}
    </li>
  );
}

function RoleChoice({ page, role, label }: { page: PageContext; role: string; label: string }) {
  return (
    <select name="role" aria-label={label}>
      <RoleOptions page={page} role={role} />
    </select>
  );
}

function RoleOptions({ page, role }: { page: PageContext; role: string }) {
  return (
    <>
      {MEMBER_ROLES.map((name) => (
        <option key={name} value={name} selected={name === role}>
          {page.messages.members.roles[name]}
        </option>
      ))}
    </>
  );
}

function AddMember({ page, project, form }: ProjectMembersProps) {
  const { messages } = page;
  const { members: words } = messages;
  const { errors, notice } = form;
  return (
    <section class="card stack" aria-labelledby="add">
      <h2 id="add">{words.add}</h2>
      <form method="post" action={`/projects/${project.id}/members`} class="stack">
        {notice && <p class="notice" role="alert">{notice}</p>}
        <Field
          id="email"
          label={messages.fields.email}
          hint={words.emailHint}
          error={errors.email}
          focus={errors.email !== undefined}
          control={(attributes) => (
            <input
              {...attributes}
              name="email"
              type="email"
              required
              maxlength={254}
              autocomplete="off"
              value={form.email}
            />
          )}
        />
        <Field
          id="role"
          label={messages.fields.role}
          error={errors.role}
          hint={MEMBER_ROLES.map((name) => `${words.roles[name]}: ${words.roleHints[name]}.`)
            .join(" ")}
          control={(attributes) => (
            <select {...attributes} name="role">
              <RoleOptions page={page} role={form.role} />
            </select>
          )}
        />
        <button type="submit" class="primary">{words.submit}</button>
      </form>
    </section>
  );
}

/** Who shares the project, or with how many people; nothing for an unshared project. */
export function SharingMark({ page: { messages }, project }: {
  page: PageContext;
  project: Project;
}) {
  const { members: words } = messages;
  const { role, owner, member_count } = project;
  if (role === "owner" && member_count === 0) return null;
  return (
    <p class="facts">
      {role === "owner" ? <span>{words.shared(member_count)}</span> : (
        <>
          <span class="mark">{words.roles[role]}</span>
          <span>{words.sharedBy(owner.full_name ?? owner.email)}</span>
        </>
      )}
    </p>
  );
}
