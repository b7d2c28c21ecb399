import {
  type Dataset,
  DATASET_FORMATS,
  type DatasetFormat,
  type InspectedDataset,
} from "../../src/domain/catalog/dataset.ts";
import type { Problem, ProblemKey } from "../../src/domain/kernel/errors.ts";
import { type Messages, say } from "../../src/i18n/messages.ts";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** The folders below the dataset roots, and how to add one. */
export function DatasetsPage({ page, datasets }: { page: PageContext; datasets: Dataset[] }) {
  const { messages } = page;
  const { title, intro, columns, empty, countedOnPage } = messages.datasets;
  return (
    <Layout page={page} title={title} trail={[{ label: title }]}>
      <div>
        <h1>{title}</h1>
        <p class="lead">{intro}</p>
      </div>
      {datasets.length === 0
        ? (
          <p class="card empty">
            <strong>{empty}</strong>
          </p>
        )
        : (
          <div class="card records">
            <table>
              <thead>
                <tr>
                  <th scope="col">{columns.dataset}</th>
                  <th scope="col">{columns.tasks}</th>
                  <th scope="col">{columns.format}</th>
                  <th scope="col" class="number">{columns.classes}</th>
                  <th scope="col" class="number">{columns.images}</th>
                  <th scope="col" class="number">{columns.warnings}</th>
                </tr>
              </thead>
              <tbody>
                {datasets.map((dataset) => (
                  <DatasetRow key={dataset.path} page={page} dataset={dataset} />
                ))}
              </tbody>
            </table>
            <noscript>
              <p class="hint">{countedOnPage}</p>
            </noscript>
          </div>
        )}
      <details class="card" open={datasets.length === 0}>
        <summary>{messages.datasets.howToAdd}</summary>
        <FolderShapes messages={messages} />
      </details>
    </Layout>
  );
}

/** A row of the list. Without counts, the row fetches itself again, with counts, once it is
 * visible. */
export function DatasetRow({ page: { messages }, dataset }: {
  page: PageContext;
  dataset: Dataset | InspectedDataset;
}) {
  const { columns, noWarnings } = messages.datasets;
  const href = datasetHref("view", dataset.path);
  const name = (
    <th scope="row">
      <a href={href}>{dataset.name}</a>
      {dataset.path !== dataset.name && <code class="hint">{dataset.path}</code>}
    </th>
  );
  if (dataset.refusal) {
    return (
      <tr>
        {name}
        <td colspan={5} class="prose">
          <DatasetProblem messages={messages} problem={dataset.refusal} />
        </td>
      </tr>
    );
  }
  const counted = "splits" in dataset ? dataset : undefined;
  const warnings = counted?.warnings.length;
  const recount = counted ? {} : {
    "hx-get": datasetHref("row", dataset.path),
    "hx-trigger": "revealed",
    "hx-swap": "outerHTML",
  };
  return (
    <tr {...recount}>
      {name}
      <td data-label={columns.tasks}>{taskLabels(dataset, messages)}</td>
      <td data-label={columns.format}>{dataset.format}</td>
      <td class="number" data-label={columns.classes}>
        {dataset.num_classes === null ? "–" : count(dataset.num_classes, messages)}
      </td>
      <td class="number" data-label={columns.images}>
        {counted ? count(imagesIn(counted), messages) : "…"}
      </td>
      <td class="number" data-label={columns.warnings}>
        {warnings ? <a class="warning" href={`${href}#warnings`}>⚠ {warnings}</a> : (
          warnings === 0 ? noWarnings : "…"
        )}
      </td>
    </tr>
  );
}

/** A dataset's problem and how to solve it. */
export function DatasetProblem({ messages, problem }: { messages: Messages; problem: Problem }) {
  const advice: Partial<Record<ProblemKey, string>> = messages.datasets.advice;
  return (
    <>
      <strong class="warning">⚠ {say(messages, problem)}</strong>
      <span class="advice">{advice[problem.key]}</span>
    </>
  );
}

/** An example folder for each format. */
const SHAPES: Record<DatasetFormat, string> = {
  imagefolder: `pets/
├─ train/
│  ├─ cat/  001.jpg …
│  └─ dog/  001.jpg …
└─ val/
   ├─ cat/  009.jpg …
   └─ dog/  009.jpg …`,
  yolo: `shapes/
├─ data.yaml
├─ images/
│  ├─ train/  001.jpg …
│  └─ val/    009.jpg …
└─ labels/
   ├─ train/  001.txt …
   └─ val/    009.txt …`,
  coco: `street/
├─ annotations/
│  ├─ train.json
│  └─ val.json
├─ train/  0001.jpg …
└─ val/    0009.jpg …`,
};

const DATA_YAML = `train: images/train
val: images/val
names: [circle, square]`;

export function FolderShapes({ messages }: { messages: Messages }) {
  const { howToAddSteps, shapes } = messages.datasets;
  return (
    <div class="stack">
      <p>{howToAddSteps}</p>
      <ul class="shapes">
        {DATASET_FORMATS.map((format) => (
          <li key={format}>
            <strong>{format}</strong>
            <p class="hint">{shapes[format]}</p>
            <pre><code>{SHAPES[format]}</code></pre>
            {format === "yolo" && (
              <>
                <p class="hint">data.yaml</p>
                <pre><code>{DATA_YAML}</code></pre>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** `path` is relative to a dataset root, or absolute. */
export function datasetHref(what: "view" | "row" | "image", path: string): string {
  return `/datasets/${what}?${new URLSearchParams({ path })}`;
}

export function taskLabels({ task_types }: Dataset, { tasks }: Messages): string {
  return task_types.map((task) => tasks[task]).join(", ");
}

export function imagesIn({ splits }: InspectedDataset): number {
  return splits.reduce((sum, split) => sum + split.images, 0);
}

/** Formats a number with the language's digit grouping. */
export function count(value: number, { language }: Messages): string {
  return value.toLocaleString(language);
}
