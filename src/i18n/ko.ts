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
  current_password: "현재 비밀번호",
  new_password: "새 비밀번호",
  scope: "권한",
  expires_at: "만료일",
  status: "상태",
  search: "검색어",
  sort: "정렬 기준",
  order: "정렬 순서",
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

const statuses: Messages["statuses"] = {
  pending: "⏳ 대기중",
  running: "🟡 실행중",
  completed: "✅ 완료",
  failed: "❌ 실패",
  cancelled: "🚫 취소됨",
};

const tasks: Messages["tasks"] = {
  detection: "detection",
  instance_segmentation: "segmentation",
  image_classification: "classification",
  pose_estimation: "pose",
  oriented_detection: "oriented detection",
  semantic_segmentation: "semantic segmentation",
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
    too_deep: ({ limit }) => `본문의 중첩은 ${limit}단계까지만 허용됩니다`,
    not_a_form: () => "양식을 읽을 수 없습니다. 페이지를 새로 고친 뒤 다시 제출하세요",
    too_many_fields: ({ limit }) => `양식의 항목은 ${limit}개까지 보낼 수 있습니다`,
    url_too_long: ({ limit }) => `주소는 ${limit}자까지 쓸 수 있습니다`,
    url_malformed: () => "주소 또는 Host 헤더가 올바르지 않습니다",
    unauthenticated: () => "로그인이 필요합니다",
    session_ended: () =>
      "로그인이 끝났습니다. 다른 탭에서 로그인한 뒤 다시 보내세요. 입력한 내용은 그대로 있습니다",
    invalid_credentials: () => "이메일 또는 비밀번호가 올바르지 않습니다",
    too_many_tries: ({ seconds }) => `시도가 너무 많습니다. ${seconds}초 후에 다시 시도하세요`,
    too_many_creations: ({ seconds }) =>
      `1분 동안 만들 수 있는 실험 수를 넘었습니다. ${seconds}초 후에 다시 시도하세요`,
    signup_closed: () => "회원 가입이 닫혀 있습니다. 관리자에게 계정을 요청하세요",
    setup_link_invalid: () => "이미 사용했거나 만료된 설정 링크입니다",
    email_taken: () => "이미 가입된 이메일입니다",
    password_wrong: () => "현재 비밀번호가 올바르지 않습니다",
    sign_in_required: () =>
      "액세스 토큰으로는 할 수 없는 일입니다. 이메일과 비밀번호로 로그인하세요",
    insufficient_scope: ({ needed }) => `이 토큰에는 ${needed} 권한이 없습니다`,
    session_not_found: () => "로그인 기록을 찾을 수 없습니다",
    personal_access_token_not_found: () => "토큰을 찾을 수 없습니다",
    token_name_taken: () => "같은 이름의 토큰이 이미 있습니다",
    too_many_tokens: ({ max }) => `토큰이 이미 ${max}개 있습니다. 먼저 하나를 폐기하세요`,
    expiry_out_of_range: ({ max_days }) => `만료일은 지금부터 ${max_days}일 이내의 날짜여야 합니다`,
    cross_site: () => "다른 사이트에서 온 요청이라 거절했습니다",
    page_not_found: () => "페이지를 찾을 수 없습니다",
    method_not_allowed: ({ methods }) =>
      `이 주소에서는 ${methods.join(", ")} 메서드만 사용할 수 있습니다`,
    project_not_found: () => "프로젝트를 찾을 수 없습니다",
    training_job_not_found: () => "실험을 찾을 수 없습니다",
    transition_refused: ({ verb, status }) =>
      `${verb === "cancel" ? "취소" : "삭제"}할 수 없는 상태입니다: ${statuses[status]}`,
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
      `${facts.model_name} 모델에는 ${tasks[facts.needed_task]}용 ${
        facts.needed_formats.join(" 또는 ")
      } ` +
      `데이터셋이 필요합니다. 이 데이터셋은 ${
        facts.found_tasks.map((task) => tasks[task]).join(", ")
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
    busy: () => "지금 로그인 요청이 많습니다. 잠시 후 다시 시도하세요",
    stopping: () => "서버가 종료되는 중입니다. 잠시 후 다시 시도하세요",
    internal: () => "서버에 문제가 생겼습니다",
  },
  fields,
  tasks,
  statuses,
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
    showPassword: "비밀번호 표시",
    tagline: "비전 모델 학습 실험을 한곳에서 만들고 지켜보세요",
  },
  accountSettings: {
    title: "계정",
    since: (date) => `${date} 가입`,
    password: "비밀번호 변경",
    passwordSubmit: "비밀번호 변경",
    passwordHint:
      "다른 모든 기기에서 로그아웃됩니다. 토큰은 계속 유효하므로 모르는 토큰은 폐기하세요.",
    sessions: "로그인된 기기",
    sessionsHint: "이 계정으로 로그인된 곳입니다. 모르는 기기는 로그아웃시키세요.",
    thisSession: "지금 이 기기",
    unknownClient: "알 수 없는 클라이언트",
    signedIn: "로그인",
    lastSeen: "마지막 접속",
    endSession: "로그아웃",
    endSessionOf: (client) => `로그아웃: ${client}`,
    endOthers: "다른 모든 기기에서 로그아웃",
    tokens: "액세스 토큰",
    tokensHint: "스크립트와 학습 서버에서 비밀번호 대신 사용합니다.",
    tokensEmpty: "아직 토큰이 없습니다",
    tokenName: "용도",
    tokenNameHint: "예: 토큰을 사용할 서버 이름",
    scopes: { read: "읽기", write: "읽기와 쓰기" },
    lifetime: "유효 기간",
    days: (count) => `${count}일`,
    untilDate: "날짜 지정",
    lastDay: "마지막 날 (UTC)",
    createToken: "토큰 만들기",
    tokenCreated: (name) => `‘${name}’ 토큰을 만들었습니다`,
    tokenOnce: "지금 복사하세요. 서버에 보관하지 않으므로 다시 볼 수 없습니다.",
    newToken: "새 토큰",
    copy: "복사",
    copied: "토큰을 복사했습니다",
    tryIt: "사용해 보기",
    expires: (date) => `${date}까지`,
    expired: (date) => `${date}에 만료됨`,
    lastUsed: "마지막 사용",
    neverUsed: "사용한 적 없음",
    revoke: "폐기",
    revokeOf: (name) => `${name} 폐기`,
    from: (address) => `주소 ${address}`,
    done: {
      password: "비밀번호를 변경했습니다. 다른 모든 기기에서 로그아웃되었습니다.",
      session: "해당 기기에서 로그아웃했습니다.",
      others: "다른 모든 기기에서 로그아웃했습니다.",
      token: "토큰을 폐기했습니다.",
    },
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
    lastActivity: "마지막 활동",
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
    search: "모델 또는 데이터셋 검색",
    filter: "상태로 거르기",
    all: "전체",
    noMatch: "조건에 맞는 실험이 없습니다",
    clear: "조건 지우기",
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
  },
  experiment: {
    menus: "메뉴",
    menu: (model) => `${model} 메뉴`,
    open: "열기",
    clone: "복제",
    cancel: "학습 취소",
    remove: "삭제",
    cancelled: "학습을 취소했습니다",
    removed: "실험을 삭제했습니다",
    removeTitle: (model) => `${model} 실험을 삭제할까요?`,
    removeHint: "출력 디렉터리와 그 안의 모든 파일도 함께 삭제됩니다. 되돌릴 수 없습니다.",
    keep: "그대로 두기",
    progress: "진행",
    events: {
      created: "생성",
      started: "시작",
      completed: "완료",
      failed: "실패",
      cancelled: "취소",
    },
    loss: "손실",
    configuration: "설정",
    yes: "예",
    no: "아니요",
    outputs: "출력 디렉터리",
    files: (count) => `파일 ${count}개`,
    moreFiles: (count) => `그 밖에 ${count}개 더 있음`,
    outputsMissing:
      "디렉터리가 없습니다. Trainyard 밖에서 옮기거나 지웠을 수 있으니 저장 위치를 확인하세요.",
    outputsUnavailable:
      "출력 저장소가 응답하지 않아 파일 목록을 볼 수 없습니다. 잠시 후 새로 고침하세요.",
    curl: "스크립트로 똑같이 만들기",
    curlHint: "같은 값으로 실험을 만듭니다. 액세스 토큰을 다음 변수에 넣으세요:",
    copy: "복사",
    copied: "복사했습니다",
    cloneTitle: (model, id) => `${model} #${id} 복제`,
    original: (value) => `원본: ${value}`,
    needsFormat: (formats) => `모델에는 ${formats.join(" 또는 ")} 형식 필요`,
    otherTask: ({ needed, found }) =>
      `${needed}용 아님` + (found.length > 0 ? ` (${found.join(", ")}용)` : ""),
  },
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
    justNow: "방금 전",
    home: "프로젝트 목록으로",
    close: "닫기",
    skip: "본문으로 건너뛰기",
    language: "언어",
    trail: "현재 위치",
    sections: "구역",
    datasets: "데이터셋",
    models: "모델",
    account: "계정",
    theme: "화면 테마",
    themes: { auto: "시스템 설정", light: "밝게", dark: "어둡게" },
    offline: "서버에 연결할 수 없습니다. 입력한 내용은 그대로 있으니 잠시 후 다시 시도하세요.",
    notFound: "여기에는 아무것도 없습니다",
    notFoundHint: "없는 페이지이거나 볼 수 있는 권한이 없습니다.",
    forbidden: "허용되지 않습니다",
    broken: "문제가 생겼습니다",
    brokenHint:
      "사용자의 잘못이 아닙니다. 다시 시도해도 같다면 요청 번호를 서버 관리자에게 알려 주세요.",
    tooMany: "요청이 너무 많습니다",
    unavailable: "지금은 사용할 수 없습니다",
    unavailableHint: "바뀐 것은 없습니다. 잠시 후 다시 시도하세요.",
    requestId: "요청 번호",
  },
};
