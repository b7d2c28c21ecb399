import { access } from "./ko/access.ts";
import { catalog } from "./ko/catalog.ts";
import { jobs } from "./ko/jobs.ts";
import { fields, statuses, tasks } from "./ko/names.ts";
import { problems } from "./ko/problems.ts";
import { projects } from "./ko/projects.ts";
import type { Messages } from "./messages.ts";

export const ko: Messages = {
  language: "ko",
  problems,
  fields,
  tasks,
  statuses,
  ...access,
  ...projects,
  ...catalog,
  ...jobs,
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
