import {
  classCounts,
  type InspectedDataset,
  type SampleImage,
} from "../../src/domain/catalog/dataset.ts";
import type { Messages } from "../../src/i18n/messages.ts";
import {
  count,
  datasetHref,
  DatasetProblem,
  FolderShapes,
  imagesIn,
  taskLabels,
} from "./datasets.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

const CLASSES_SHOWN = 50;

/** One dataset: its splits and classes, sample images, and problems. */
export function DatasetPage({ page, dataset }: { page: PageContext; dataset: InspectedDataset }) {
  const { messages } = page;
  const { datasets } = messages;
  const { refusal, warnings, samples, splits } = dataset;
  return (
    <Layout
      page={page}
      title={dataset.name}
      trail={[{ label: datasets.title, href: "/datasets" }, { label: dataset.name }]}
    >
      <div class="heading">
        <div>
          <h1>{dataset.name}</h1>
          <DatasetSummary messages={messages} dataset={dataset} />
        </div>
        {!refusal && (
          <a
            class="button primary"
            href={`/experiments/new?${new URLSearchParams({ dataset_path: dataset.path })}`}
          >
            <span aria-hidden="true">+</span> {datasets.newExperiment}
          </a>
        )}
      </div>
      {refusal && (
        <section class="card part">
          <h2>{datasets.unusable}</h2>
          <p>
            <DatasetProblem messages={messages} problem={refusal} />
          </p>
        </section>
      )}
      {refusal?.key === "dataset_unrecognised" && (
        <section class="card part">
          <h2>{datasets.howToAdd}</h2>
          <FolderShapes messages={messages} />
        </section>
      )}
      {warnings.length > 0 && (
        <section class="card part" id="warnings">
          <h2>{datasets.warnings}</h2>
          <ul class="stack">
            {warnings.map((warning) => (
              <li>
                <DatasetProblem messages={messages} problem={warning} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {samples.length > 0 && (
        <section class="part">
          <h2>{datasets.samples}</h2>
          <ul class="samples">
            {samples.map((sample) => (
              <li key={sample.path}>
                <Sample messages={messages} sample={sample} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {splits.length > 0 && (
        <div class="abreast">
          <ClassTable messages={messages} dataset={dataset} />
          <SplitTable messages={messages} dataset={dataset} />
        </div>
      )}
      {!refusal && splits.length === 0 && <p class="lead">{datasets.notCounted}</p>}
    </Layout>
  );
}

function DatasetSummary({ messages, dataset }: { messages: Messages; dataset: InspectedDataset }) {
  const { format, num_classes, splits } = dataset;
  return (
    <p class="facts">
      {dataset.path !== dataset.name && <code>{dataset.path}</code>}
      {format && <span>{format}</span>}
      {dataset.task_types.length > 0 && <span>{taskLabels(dataset, messages)}</span>}
      {num_classes !== null && <span>{messages.experiments.classes(num_classes)}</span>}
      {splits.length > 0 && <span>{messages.experiments.images(imagesIn(dataset))}</span>}
    </p>
  );
}

function Sample({ messages, sample }: { messages: Messages; sample: SampleImage }) {
  const { unlabelled, sampleAlt, notShowable } = messages.datasets;
  const { split, class_names, showable } = sample;
  return (
    <figure>
      {showable
        ? (
          <img
            src={datasetHref("image", sample.path)}
            alt={sampleAlt({ file: sample.path.split("/").at(-1)!, split })}
            width={320}
            height={240}
            loading="lazy"
            decoding="async"
          />
        )
        : <p class="absent hint">{notShowable}</p>}
      <figcaption>
        <strong>{class_names.slice(0, 2).join(", ") || unlabelled}</strong>
        {class_names.length > 2 && ` +${class_names.length - 2}`}
        <span>{split}</span>
      </figcaption>
    </figure>
  );
}

/** The largest classes, each with a bar. */
function ClassTable({ messages, dataset }: { messages: Messages; dataset: InspectedDataset }) {
  const { columns, imagesPerClass, labelsPerClass, moreClasses } = messages.datasets;
  const counts = classCounts(dataset);
  const most = Math.max(counts[0]?.total ?? 0, 1);
  const more = counts.length - CLASSES_SHOWN;
  return (
    <section class="card part">
      <h2>{isClassification(dataset) ? imagesPerClass : labelsPerClass}</h2>
      <table class="tally">
        <thead>
          <tr>
            <th scope="col">{columns.classes}</th>
            <td />
            {dataset.splits.map(({ name }) => <th key={name} scope="col" class="number">{name}
            </th>)}
          </tr>
        </thead>
        <tbody>
          {counts.slice(0, CLASSES_SHOWN).map(({ name, total, by_split }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="amount">
                <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={100 * total / most} height="1" />
                </svg>
              </td>
              {by_split.map((value, index) => (
                <td key={index} class="number">{count(value, messages)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="hint">{moreClasses(more)}</p>}
    </section>
  );
}

function SplitTable({ messages, dataset }: { messages: Messages; dataset: InspectedDataset }) {
  const { columns, labels, splits, split } = messages.datasets;
  const classification = isClassification(dataset);
  return (
    <section class="card part">
      <h2>{splits}</h2>
      <table class="tally">
        <thead>
          <tr>
            <th scope="col">{split}</th>
            <th scope="col" class="number">{columns.images}</th>
            {!classification && <th scope="col" class="number">{labels}</th>}
          </tr>
        </thead>
        <tbody>
          {dataset.splits.map(({ name, images, class_counts }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{count(images, messages)}</td>
              {!classification && (
                <td class="number">
                  {count(class_counts.reduce((sum, one) => sum + one, 0), messages)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Classification counts images per class; other tasks count labels. */
function isClassification({ task_types }: InspectedDataset): boolean {
  return task_types.includes("image_classification");
}
