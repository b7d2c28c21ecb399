import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** Asks for the project of a new experiment. */
export function ChooseProjectPage({ page, choices }: {
  page: PageContext;
  choices: { name: string; description: string; href: string }[];
}) {
  const { datasets, experiments, projects } = page.messages;
  return (
    <Layout page={page} title={datasets.chooseProject} trail={[{ label: experiments.formTitle }]}>
      <h1>{datasets.chooseProject}</h1>
      {choices.length === 0 && (
        <p class="empty">
          <strong>{projects.empty}</strong>
          {datasets.chooseProjectHint} <a href="/projects">{projects.create}</a>
        </p>
      )}
      <ul class="cards">
        {choices.map(({ name, description, href }) => (
          <li class="card">
            <h2>
              <a href={href}>{name}</a>
            </h2>
            <p class="lead">{description}</p>
          </li>
        ))}
      </ul>
    </Layout>
  );
}
