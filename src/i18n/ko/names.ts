import type { Messages } from "../messages.ts";

export const fields: Messages["fields"] = {
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
  role: "역할",
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

export const tasks: Messages["tasks"] = {
  detection: "detection",
  instance_segmentation: "segmentation",
  image_classification: "classification",
  pose_estimation: "pose",
  oriented_detection: "oriented detection",
  semantic_segmentation: "semantic segmentation",
};

export const statuses: Messages["statuses"] = {
  pending: "⏳ 대기중",
  running: "🟡 실행중",
  completed: "✅ 완료",
  failed: "❌ 실패",
  cancelled: "🚫 취소됨",
};

export const roles: Messages["members"]["roles"] = {
  viewer: "뷰어",
  editor: "편집자",
  owner: "소유자",
};
