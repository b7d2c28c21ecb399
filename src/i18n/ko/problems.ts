import type { Messages } from "../messages.ts";
import { fields, roles, statuses, tasks } from "./names.ts";

export const problems: Messages["problems"] = {
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
  sign_in_required: () => "액세스 토큰으로는 할 수 없는 일입니다. 이메일과 비밀번호로 로그인하세요",
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
  role_insufficient: ({ needed }) => `이 프로젝트의 ${roles[needed]} 권한이 필요합니다`,
  project_member_not_found: () => "구성원을 찾을 수 없습니다",
  account_not_found: () => "이 이메일로 가입한 계정이 없습니다. 먼저 가입하도록 알려 주세요",
  already_member: () => "이미 이 프로젝트를 함께 쓰고 있습니다",
  owner_stays: () => "소유자는 프로젝트에서 나가거나 역할을 바꿀 수 없습니다",
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
  images_without_labels: ({ split, count }) => `${split}에 라벨 없는 이미지가 ${count}장 있습니다`,
  labels_sampled: ({ read, total }) => `라벨 파일 ${total}개 중 ${read}개만 읽었습니다`,
  unavailable: ({ what }) =>
    ({
      database: "데이터베이스에 연결할 수 없습니다. 잠시 후 다시 시도하세요",
      volume: "출력 저장소에 연결할 수 없습니다. 잠시 후 다시 시도하세요",
      datasets: "데이터셋을 읽지 못했거나 시간이 너무 오래 걸렸습니다. 잠시 후 다시 시도하세요",
    })[what],
  busy: () => "지금 로그인 요청이 많습니다. 잠시 후 다시 시도하세요",
  stopping: () => "서버가 종료되는 중입니다. 잠시 후 다시 시도하세요",
  internal: () => "서버에 문제가 생겼습니다",
};

/** A field's label with its topic particle: 은 after a final consonant, otherwise 는. */
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
