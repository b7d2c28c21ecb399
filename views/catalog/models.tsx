import type { Model, ModelFilter } from "../../src/domain/catalog/model.ts";
import { TASK_TYPES } from "../../src/domain/catalog/task.ts";
import type { Messages } from "../../src/i18n/messages.ts";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

interface ModelsProps {
  page: PageContext;
  /** The models that match `filter`. */
  models: Model[];
  /** The number of models that match another filter. */
  countOf: (filter: ModelFilter) => number;
  filter: ModelFilter;
  frameworks: string[];
}

/** The model catalogue, grouped by task. */
export function ModelsPage(props: ModelsProps) {
  const { page, models } = props;
  const { messages } = page;
  return (
    <Layout page={page} title={messages.models.title} trail={[{ label: messages.models.title }]}>
      <div>
        <h1>{messages.models.title}</h1>
        <p class="lead">{messages.models.intro}</p>
      </div>
      <ModelFilters {...props} />
      {models.length === 0 && (
        <p class="empty">
          <strong>{messages.models.empty}</strong>
          <a href="/models">{messages.models.all}</a>
        </p>
      )}
      {TASK_TYPES.map((task) => {
        const ofTask = models.filter((model) =>
          model.task_type === task
        );
        return ofTask.length > 0 && (
          <section class="part" key={task} aria-labelledby={`task-${task}`}>
            <div class="heading">
              <h2 id={`task-${task}`}>{messages.tasks[task]}</h2>
              <span class="hint">{messages.models.count(ofTask.length)}</span>
            </div>
            <ModelTable messages={messages} models={ofTask} />
          </section>
        );
      })}
    </Layout>
  );
}

function ModelFilters({ page: { messages }, countOf, filter, frameworks }: ModelsProps) {
  const { filters } = messages.models;
  return (
    <nav class="filters" aria-label={messages.models.title}>
      <FilterChips
        label={filters.task_type}
        choices={[undefined, ...TASK_TYPES].map((task_type) => ({
          label: task_type ? messages.tasks[task_type] : messages.models.all,
          filter: { ...filter, task_type },
        }))}
        {...{ countOf, current: filter }}
      />
      <FilterChips
        label={filters.framework}
        choices={[undefined, ...frameworks].map((framework) => ({
          label: framework ?? messages.models.all,
          filter: { ...filter, framework },
        }))}
        {...{ countOf, current: filter }}
      />
    </nav>
  );
}

function FilterChips({ label, choices, countOf, current }: {
  label: string;
  choices: { label: string; filter: ModelFilter }[];
  countOf: ModelsProps["countOf"];
  current: ModelFilter;
}) {
  return (
    <ul class="chips" aria-label={label}>
      <li class="hint" aria-hidden="true">{label}</li>
      {choices.map(({ label, filter }) => {
        const href = modelsHref(filter);
        const isCurrent = href === modelsHref(current);
        // Hide filters that would match nothing.
        return (isCurrent || countOf(filter) > 0) && (
          <li key={label}>
            <a class="chip" href={href} aria-current={isCurrent ? "true" : undefined}>
              {label} <span class="count">{countOf(filter)}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function modelsHref({ framework, task_type }: ModelFilter): string {
  const search = new URLSearchParams({
    ...(task_type && { task_type }),
    ...(framework && { framework }),
  }).toString();
  return search ? `/models?${search}` : "/models";
}

function ModelTable({ messages, models }: { messages: Messages; models: Model[] }) {
  const { columns, newExperiment, newExperimentWith } = messages.models;
  return (
    <div class="card records">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.model}</th>
            <th scope="col">{columns.purpose}</th>
            <th scope="col" class="number">{columns.parameters}</th>
            <th scope="col" class="number">{columns.input}</th>
            <th scope="col" class="number">{columns.batch_size}</th>
            <th scope="col" class="number">{columns.learning_rate}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={model.name}>
              <th scope="row">
                {model.display_name}
                <span class="hint">
                  {model.framework} · <code>{model.name}</code>
                </span>
              </th>
              <td class="prose">{descriptionOf(model, messages)}</td>
              <td class="number" data-label={columns.parameters}>
                {`${model.parameters_m.toFixed(1)} M`}
              </td>
              <td class="number" data-label={columns.input}>{`${model.input_size} px`}</td>
              <td class="number" data-label={columns.batch_size}>
                {model.recommended_batch_size}
              </td>
              <td class="number" data-label={columns.learning_rate}>
                {model.recommended_learning_rate}
              </td>
              <td class="action">
                <a
                  href={`/experiments/new?${new URLSearchParams({
                    model_name: model.name,
                    fill: "recommended",
                  })}`}
                  aria-label={newExperimentWith(model.name)}
                >
                  <span aria-hidden="true">+</span> {newExperiment}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Falls back to English when the entry has no Korean description. */
export function descriptionOf(model: Model, { language }: Messages): string {
  return language === "ko" ? model.description_ko ?? model.description : model.description;
}
