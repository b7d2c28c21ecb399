import { type Context, Hono } from "hono";
import type { InspectedDataset } from "../../../domain/catalog/dataset.ts";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { DatasetPage } from "../../../../views/catalog/dataset.tsx";
import { DatasetRow, DatasetsPage } from "../../../../views/catalog/datasets.tsx";
import { renderFragment, renderPage } from "../../../../views/layout.tsx";
import type { AppDeps, Env } from "../../env.ts";
import { pageContext } from "../context.ts";

/**
 * The datasets. Each is named by `?path=`, as its path may contain `/` and any other character of a
 * folder's name.
 */
export function datasetPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", async (c) => {
    const datasets = await deps.datasets.listFolders();
    return c.html(renderPage(<DatasetsPage page={pageContext(deps, c)} datasets={datasets} />));
  });

  // Counting takes time: the list loads each row's details when it scrolls into view.
  pages.get("/row", async (c) => {
    const dataset = await inspect(c);
    return c.html(renderFragment(<DatasetRow page={pageContext(deps, c)} dataset={dataset} />));
  });

  pages.get("/view", async (c) => {
    const dataset = await inspect(c);
    return c.html(renderPage(<DatasetPage page={pageContext(deps, c)} dataset={dataset} />));
  });

  pages.get("/image", async (c) => {
    const image = await deps.datasets.image(c.req.query("path") ?? "");
    if (!image) throw nothingHere();
    return c.body(image.bytes, 200, {
      "Content-Type": image.type,
      "Content-Disposition": "inline",
      "Cache-Control": "private, max-age=3600",
      // Opened on its own, an image must not run or load anything.
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    });
  });

  return pages;

  async function inspect(c: Context<Env>): Promise<InspectedDataset> {
    const dataset = await deps.datasets.inspect(c.req.query("path") ?? "");
    if (!dataset) throw nothingHere();
    return dataset;
  }
}

/** The same error for missing files, files outside the roots and files that are no image, so that
 * nothing outside can be probed. */
function nothingHere(): DomainError {
  return new DomainError("not_found", { key: "page_not_found" });
}
