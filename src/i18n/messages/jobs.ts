export interface JobMessages {
  experiments: {
    title: string;
    create: string;
    submit: string;
    submitting: string;
    added: string;
    columns: {
      model: string;
      task: string;
      status: string;
      accuracy: string;
      created: string;
      dataset: string;
      hyperparameters: string;
    };
    search: string;
    filter: string;
    all: string;
    noMatch: string;
    clear: string;
    justNow: string;
    empty: string;
    emptyHint: string;
    more: string;
    formTitle: string;
    chooseModel: string;
    chooseDataset: string;
    noDatasets: string;
    fillRecommended: string;
    pretrained: string;
    hyperparameters: string;
    parameters: (millions: string) => string;
    inputSize: (pixels: number) => string;
    classes: (count: number) => string;
    images: (count: number) => string;
    recommended: (value: string) => string;
    range: (min: string, max: string) => string;
    outputDir: string;
    errors: (count: number) => string;
  };
  /** An experiment's page, the menu in its row, and cloning. */
  experiment: {
    /** Heading of the menu column. */
    menus: string;
    menu: (model: string) => string;
    open: string;
    clone: string;
    cancel: string;
    remove: string;
    cancelled: string;
    removed: string;
    removeTitle: (model: string) => string;
    removeHint: string;
    /** The button that closes the confirmation without deleting. */
    keep: string;
    progress: string;
    events: Record<"created" | "started" | "completed" | "failed" | "cancelled", string>;
    loss: string;
    configuration: string;
    yes: string;
    no: string;
    outputs: string;
    files: (count: number) => string;
    moreFiles: (count: number) => string;
    outputsMissing: string;
    outputsUnavailable: string;
    curl: string;
    /** Followed by the variable's name. */
    curlHint: string;
    copy: string;
    copied: string;
    cloneTitle: (model: string, id: number) => string;
    original: (value: string) => string;
    needsFormat: (formats: readonly string[]) => string;
    /** `needed` and `found` are task labels. */
    otherTask: (tasks: { needed: string; found: string[] }) => string;
  };
}
