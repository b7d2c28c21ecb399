import type { Messages } from "./messages.ts";

const fields: Messages["fields"] = {
  project_id: "프로젝트",
  model_name: "모델",
  framework: "프레임워크",
  task_type: "태스크",
  dataset_path: "데이터셋",
  dataset_format: "데이터셋 형식",
  epochs: "에포크",
  batch_size: "배치 크기",
  learning_rate: "학습률",
  optimizer: "옵티마이저",
  pretrained: "사전 학습",
  name: "이름",
  description: "설명",
  email: "이메일",
  password: "비밀번호",
  full_name: "성명",
  status: "상태",
  limit: "개수",
  cursor: "커서",
  path: "경로",
  validate_only: "validate_only",
  body: "본문",
};

/** A field's label with its topic particle: 은 after a final consonant, else 는. */
function topic(field: keyof typeof fields): string {
  const word = fields[field];
  const code = word.charCodeAt(word.length - 1) - 0xac00;
  const closed = code >= 0 && code <= 11171 && code % 28 !== 0;
  return word + (closed ? "은" : "는");
}

const EXPECTED: Record<string, string> = {
  int: "정수",
  number: "숫자",
  string: "텍스트",
  boolean: "true 또는 false",
  object: "객체",
};

export const ko: Messages = {
  language: "ko",
  problems: {
    required: ({ field }) => `${fields[field]} 항목을 입력하세요`,
    wrong_type: ({ field, expected }) =>
      `${topic(field)} ${EXPECTED[expected] ?? expected}여야 합니다`,
    out_of_range: ({ field, min, max }) =>
      field === "learning_rate"
        ? `${topic(field)} ${min}보다 크고 ${max} 이하여야 합니다`
        : `${topic(field)} ${min}에서 ${max} 사이여야 합니다`,
    too_short: ({ field, min }) => `${topic(field)} ${min}자 이상이어야 합니다`,
    too_long: ({ field, max }) => `${topic(field)} ${max}자 이하여야 합니다`,
    not_one_of: ({ field, values }) =>
      `${topic(field)} 다음 중 하나여야 합니다: ${values.join(", ")}`,
    malformed: ({ field }) => `${fields[field]} 형식이 올바르지 않습니다`,
    not_json: () => "본문은 JSON이어야 합니다",
    not_an_object: () => "본문은 JSON 객체여야 합니다",
    unauthenticated: () => "로그인이 필요합니다",
    invalid_credentials: () => "이메일 또는 비밀번호가 올바르지 않습니다",
    too_many_tries: ({ seconds }) => `시도가 너무 많습니다. ${seconds}초 후에 다시 시도하세요`,
    signup_closed: () => "회원 가입이 닫혀 있습니다. 관리자에게 계정을 요청하세요",
    setup_link_invalid: () => "이미 사용했거나 만료된 설정 링크입니다",
    email_taken: () => "이미 가입된 이메일입니다",
    cross_site: () => "다른 사이트에서 온 요청이라 거절했습니다",
    page_not_found: () => "페이지를 찾을 수 없습니다",
    method_not_allowed: ({ methods }) =>
      `이 주소에서는 ${methods.join(", ")} 메서드만 사용할 수 있습니다`,
    project_not_found: () => "프로젝트를 찾을 수 없습니다",
    training_job_not_found: () => "실험을 찾을 수 없습니다",
    transition_refused: ({ verb, status }) =>
      `${verb === "cancel" ? "취소" : "삭제"}할 수 없는 상태입니다: ${status}`,
    project_running: () => "실행 중인 실험이 있어 프로젝트를 삭제할 수 없습니다",
    project_name_unconfirmed: () => "삭제하려면 프로젝트 이름을 똑같이 입력하세요",
    idempotency_key_malformed: () => "양식의 식별자가 올바르지 않습니다. 페이지를 새로 고치세요",
    idempotency_key_reused: () =>
      "이 양식으로 이미 실험을 만들었습니다. 바꾼 값으로 하나 더 만들려면 다시 제출하세요",
    body_too_large: ({ limit }) => `보낸 내용이 너무 큽니다. ${limit}바이트까지 보낼 수 있습니다`,
    model_unknown: ({ model_name, similar }) =>
      `목록에 없는 모델입니다: ${model_name}` +
      (similar.length > 0 ? `. 비슷한 모델: ${similar.join(", ")}` : ""),
    framework_disagrees: ({ model_name, expected, given }) =>
      `${model_name} 모델의 프레임워크는 ${given}이(가) 아니라 ${expected}입니다`,
    task_disagrees: ({ model_name, expected, given }) =>
      `${model_name} 모델의 태스크는 ${given}이(가) 아니라 ${expected}입니다`,
    dataset_not_found: ({ dataset_path }) => `데이터셋을 찾을 수 없습니다: ${dataset_path}`,
    dataset_unrecognised: ({ dataset_path }) =>
      `${dataset_path} 폴더는 yolo, imagefolder, coco 중 어느 형식도 아닙니다`,
    dataset_unreadable: ({ dataset_path, reason }) =>
      `${dataset_path} 데이터셋을 사용할 수 없습니다: ${reason}`,
    dataset_runs_code: ({ dataset_path }) =>
      `${dataset_path}의 data.yaml에 학습기가 실행하는 download 키가 있어 거절했습니다. 그 키를 지우세요`,
    dataset_outside: ({ dataset_path, split }) =>
      `${dataset_path}의 data.yaml에서 ${split} 경로가 데이터셋 폴더 밖을 가리킵니다`,
    dataset_format_disagrees: ({ given, found }) =>
      `데이터셋 형식은 ${given}이(가) 아니라 ${found}입니다`,
    dataset_unsuitable: (facts) =>
      `${facts.model_name} 모델에는 ${facts.needed_task}용 ${
        facts.needed_formats.join(" 또는 ")
      } ` +
      `데이터셋이 필요합니다. 이 데이터셋은 ${
        facts.found_tasks.join(", ")
      }용 ${facts.found_format}입니다`,
    no_validation_split: () => "검증 데이터가 없습니다. val 폴더를 추가하세요",
    too_few_classes: ({ num_classes }) =>
      `분류에는 클래스가 두 개 이상 필요합니다. 지금은 ${num_classes}개입니다`,
    imbalanced_classes: ({ most, least, ratio }) =>
      `클래스가 불균형합니다. ${most}이(가) ${least}보다 ${ratio}배 많습니다`,
    classes_missing_in_train: ({ classes }) =>
      `train에 없고 val에만 있는 클래스: ${classes.join(", ")}`,
    images_without_labels: ({ split, count }) =>
      `${split}에 라벨 없는 이미지가 ${count}장 있습니다`,
    labels_sampled: ({ read, total }) => `라벨 파일 ${total}개 중 ${read}개만 읽었습니다`,
    unavailable: ({ what }) =>
      `${
        what === "database" ? "데이터베이스" : "출력 저장소"
      }에 연결할 수 없습니다. 잠시 후 다시 시도하세요`,
    stopping: () => "서버가 종료되는 중입니다. 잠시 후 다시 시도하세요",
    internal: () => "서버에 문제가 생겼습니다",
  },
  fields,
  tasks: {
    detection: "detection",
    instance_segmentation: "segmentation",
    image_classification: "classification",
    pose_estimation: "pose",
    oriented_detection: "oriented detection",
    semantic_segmentation: "semantic segmentation",
  },
  statuses: {
    pending: "⏳ 대기중",
    running: "🟡 실행중",
    completed: "✅ 완료",
    failed: "❌ 실패",
    cancelled: "🚫 취소됨",
  },
  account: {
    signIn: "로그인",
    signUp: "회원 가입",
    signOut: "로그아웃",
    setUp: "Trainyard 설정",
    setUpIntro: "첫 번째 계정을 만드세요. 이 링크는 한 번만 쓸 수 있습니다.",
    signInDemo: "데모 사용자로 로그인",
    noAccount: "아직 계정이 없나요?",
    haveAccount: "이미 계정이 있나요?",
    fullNameOptional: "이름 (선택)",
    passwordHint: "8자 이상",
    tagline: "비전 모델 학습 실험을 한곳에서 만들고 지켜보세요",
  },
  projects: {
    title: "프로젝트",
    create: "새 프로젝트",
    rename: "수정",
    save: "저장",
    remove: "삭제",
    removeConfirm: "프로젝트와 모든 실험, 출력 파일을 삭제하려면 프로젝트 이름을 입력하세요.",
    created: "프로젝트 만들기",
    empty: "아직 프로젝트가 없습니다",
    emptyHint: "프로젝트는 하나의 문제에 대한 실험을 모아 둡니다. 여기서 첫 프로젝트를 만드세요.",
    experiments: (count) => `실험 ${count}개`,
    descriptionOptional: "설명 (선택)",
  },
  experiments: {
    title: "실험 목록",
    create: "새 실험",
    submit: "학습 생성",
    submitting: "생성하는 중…",
    added: "학습 작업이 생성되었습니다!",
    columns: {
      model: "모델",
      task: "태스크",
      status: "상태",
      accuracy: "정확도",
      created: "생성일",
      dataset: "데이터셋",
      hyperparameters: "하이퍼파라미터",
    },
    justNow: "방금 전 🆕",
    empty: "아직 실험이 없습니다",
    emptyHint: "모델과 데이터셋, 하이퍼파라미터를 고르면 실험이 여기에 나타납니다.",
    more: "더 보기",
    formTitle: "새 실험",
    chooseModel: "모델을 선택하세요",
    chooseDataset: "데이터셋을 선택하세요",
    noDatasets:
      "데이터셋이 없습니다. yolo, imagefolder, coco 형식의 폴더를 DATASETS_DIR에 넣으세요.",
    fillRecommended: "모델의 권장 값 채우기",
    pretrained: "사전 학습된 가중치로 시작",
    hyperparameters: "하이퍼파라미터",
    parameters: (millions) => `파라미터 ${millions}M`,
    inputSize: (pixels) => `입력 ${pixels}px`,
    classes: (count) => `클래스 ${count}개`,
    images: (count) => `이미지 ${count}장`,
    recommended: (value) => `권장 ${value}`,
    range: (min, max) => `${min}~${max}`,
    outputDir: "출력 위치",
    errors: (count) => `${count}개 항목을 확인하세요`,
    unsuitable: "이 모델에 맞지 않음",
  },
  reference: {
    title: "API 문서",
    calls: "호출 목록",
    parameters: "매개변수",
    body: "요청 본문",
    answers: "응답",
    example: "예시",
    schemas: "스키마",
    required: "필수",
    open: "토큰이 필요 없습니다",
    download: "OpenAPI 3.1 문서 (JSON)",
  },
  page: {
    home: "프로젝트 목록으로",
    close: "닫기",
    skip: "본문으로 건너뛰기",
    language: "언어",
    offline: "서버에 연결할 수 없습니다. 입력한 내용은 그대로 있으니 잠시 후 다시 시도하세요.",
    notFound: "여기에는 아무것도 없습니다",
    notFoundHint: "없는 페이지이거나 볼 수 있는 권한이 없습니다.",
    forbidden: "허용되지 않습니다",
    broken: "문제가 생겼습니다",
    brokenHint:
      "사용자의 잘못이 아닙니다. 다시 시도해도 같다면 요청 번호를 서버 관리자에게 알려 주세요.",
    unavailable: "지금은 사용할 수 없습니다",
    unavailableHint: "바뀐 것은 없습니다. 잠시 후 다시 시도하세요.",
    requestId: "요청 번호",
  },
};
