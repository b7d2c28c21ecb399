import type { CatalogMessages } from "../messages/catalog.ts";

export const catalog: CatalogMessages = {
  datasets: {
    title: "Datasets",
    intro: "What lies in the datasets folders of this server. Open one for its images and classes.",
    columns: {
      dataset: "Dataset",
      tasks: "Suits",
      format: "Format",
      classes: "Classes",
      images: "Images",
      warnings: "Warnings",
    },
    countedOnPage: "Images and warnings are counted on each dataset's own page.",
    noWarnings: "none",
    unusable: "Cannot be used",
    newExperiment: "New experiment with this dataset",
    warnings: "Worth a look before training",
    advice: {
      dataset_unrecognised:
        "Bring it into one of the shapes under “How to add a dataset”. If it holds several datasets, move them one level up.",
      dataset_unreadable: "Mend what the message names, then load this page again.",
      dataset_runs_code: "Download the images yourself and delete the line.",
      dataset_outside:
        "Write the paths in data.yaml relative to the dataset's folder, and keep its images below the datasets folder.",
      no_validation_split:
        "Set aside 10 to 20 percent of the images; without them nobody can tell how good the model is.",
      too_few_classes: "Add a folder of images for each further class.",
      imbalanced_classes:
        "Add images of the smaller classes, or read the accuracy with care: the large ones dominate it.",
      classes_missing_in_train: "Put some of their images into train, or take them out of val.",
      images_without_labels:
        "Add the missing labels, or leave them so where the image shows none of the classes.",
      labels_sampled: "The counts a class are those of the labels read; their proportions hold.",
    },
    samples: "Sample images",
    sampleAlt: ({ file, split }) => `${file}, from ${split}`,
    unlabelled: "no label",
    notShowable: "Not shown: over 8 MiB, or a format that browsers do not show",
    splits: "Splits",
    split: "Split",
    labels: "Labels",
    imagesPerClass: "Images per class",
    labelsPerClass: "Labels per class",
    moreClasses: (count) => count === 1 ? "and 1 smaller class" : `and ${count} smaller classes`,
    notCounted:
      "Nothing was counted: the annotations are larger than 64 MiB together. Training with them works.",
    empty: "No datasets yet",
    howToAdd: "How to add a dataset",
    howToAddSteps:
      "Copy a folder in one of these shapes into the folder that DATASETS_DIR names, then load this page again. The server need not be restarted.",
    shapes: {
      imagefolder: "For classification: a folder for each class.",
      yolo: "For detection, segmentation, pose: a label file for each image.",
      coco: "For detection, segmentation, pose: one annotation file for each split.",
    },
    chooseProject: "In which project?",
    chooseProjectHint: "The experiment goes into a project. There is none yet; create one first.",
  },
  models: {
    title: "Models",
    intro: "What can be trained here, with values to start from.",
    columns: {
      model: "Model",
      purpose: "What it is for",
      parameters: "Parameters",
      input: "Input",
      batch_size: "Batch size",
      learning_rate: "Learning rate",
    },
    filters: { task_type: "Task", framework: "Framework" },
    all: "All",
    count: (count) => count === 1 ? "1 model" : `${count} models`,
    newExperiment: "New experiment",
    newExperimentWith: (model) => `New experiment with ${model}`,
    empty: "No model matches both filters",
  },
};
