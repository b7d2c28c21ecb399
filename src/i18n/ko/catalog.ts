import type { CatalogMessages } from "../messages/catalog.ts";

export const catalog: CatalogMessages = {
  datasets: {
    title: "데이터셋",
    intro:
      "이 서버의 데이터셋 폴더에 있는 것들입니다. 이름을 누르면 예시 이미지와 클래스가 보입니다.",
    columns: {
      dataset: "데이터셋",
      tasks: "알맞은 태스크",
      format: "형식",
      classes: "클래스",
      images: "이미지",
      warnings: "경고",
    },
    countedOnPage: "이미지와 경고의 개수는 데이터셋마다 그 페이지에서 볼 수 있습니다.",
    noWarnings: "없음",
    unusable: "사용할 수 없음",
    newExperiment: "이 데이터셋으로 새 실험",
    warnings: "학습 전에 살펴볼 점",
    advice: {
      dataset_unrecognised:
        "‘데이터셋을 추가하는 방법’의 구조 중 하나로 맞추세요. 데이터셋 여러 개가 들어 있다면 한 단계 위로 옮기세요.",
      dataset_unreadable: "메시지가 가리키는 곳을 고친 뒤 이 페이지를 새로 고치세요.",
      dataset_runs_code: "이미지는 직접 내려받아 넣으세요.",
      dataset_outside:
        "data.yaml의 경로를 데이터셋 폴더 기준 상대 경로로 쓰고, 이미지를 데이터셋 폴더 안에 두세요.",
      no_validation_split:
        "이미지의 10~20%를 따로 떼어 두세요. 검증 데이터가 없으면 모델이 얼마나 좋은지 알 수 없습니다.",
      too_few_classes: "클래스마다 이미지 폴더를 하나씩 추가하세요.",
      imbalanced_classes:
        "적은 클래스의 이미지를 더 모으세요. 그대로 학습하면 정확도가 많은 클래스에 치우치니 주의해서 읽으세요.",
      classes_missing_in_train: "이 클래스의 이미지를 train에도 넣거나 val에서 빼세요.",
      images_without_labels:
        "빠진 라벨을 추가하세요. 이미지에 찾을 물체가 없다면 그대로 두어도 됩니다.",
      labels_sampled: "클래스별 개수는 읽은 라벨만 센 것입니다. 비율은 믿을 수 있습니다.",
    },
    samples: "예시 이미지",
    sampleAlt: ({ file, split }) => `${split}의 ${file}`,
    unlabelled: "라벨 없음",
    notShowable: "표시하지 않음: 8MiB를 넘거나 브라우저가 못 여는 형식",
    splits: "데이터 분할",
    split: "분할",
    labels: "라벨",
    imagesPerClass: "클래스별 이미지",
    labelsPerClass: "클래스별 라벨",
    moreClasses: (count) => `외 더 작은 클래스 ${count}개`,
    notCounted: "주석 파일이 모두 합해 64MiB보다 커서 세지 않았습니다. 학습에는 쓸 수 있습니다.",
    empty: "아직 데이터셋이 없습니다",
    howToAdd: "데이터셋을 추가하는 방법",
    howToAddSteps:
      "아래 구조 중 하나로 된 폴더를 DATASETS_DIR이 가리키는 폴더에 복사한 뒤 이 페이지를 새로 고치세요. 서버를 다시 시작할 필요는 없습니다.",
    shapes: {
      imagefolder: "classification용: 클래스마다 폴더 하나.",
      yolo: "detection, segmentation, pose용: 이미지마다 라벨 파일 하나.",
      coco: "detection, segmentation, pose용: train과 val마다 주석 파일 하나.",
    },
    chooseProject: "어느 프로젝트에서 실험할까요?",
    chooseProjectHint: "실험은 프로젝트에 속합니다. 아직 프로젝트가 없으니 먼저 하나 만드세요.",
  },
  models: {
    title: "모델",
    intro: "여기서 학습할 수 있는 모델과, 처음 쓰기 좋은 값입니다.",
    columns: {
      model: "모델",
      purpose: "쓰임새",
      parameters: "파라미터",
      input: "입력",
      batch_size: "배치 크기",
      learning_rate: "학습률",
    },
    filters: { task_type: "태스크", framework: "프레임워크" },
    all: "전체",
    count: (count) => `모델 ${count}개`,
    newExperiment: "새 실험",
    newExperimentWith: (model) => `${model} 모델로 새 실험`,
    empty: "두 조건에 모두 맞는 모델이 없습니다",
  },
};
