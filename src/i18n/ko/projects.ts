import type { ProjectMessages } from "../messages/projects.ts";
import { roles } from "./names.ts";

export const projects: ProjectMessages = {
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
  members: {
    title: "구성원",
    hint: "이 프로젝트를 함께 쓰는 사람들입니다.",
    roles,
    roleHints: {
      viewer: "보기만 할 수 있습니다",
      editor: "실험을 만들고 취소하고 삭제할 수 있으며 프로젝트를 수정할 수 있습니다",
      owner: "구성원을 관리하고 프로젝트를 삭제할 수 있습니다",
    },
    you: "나",
    since: "공유 시작",
    shared: (count) => `${count}명과 공유`,
    sharedBy: (owner) => `${owner} 님의 프로젝트`,
    add: "구성원 추가",
    emailHint: "이 서버에 가입한 사람의 이메일",
    submit: "추가",
    roleOf: (name) => `${name}의 역할`,
    save: "저장",
    saveOf: (name) => `${name}의 역할 저장`,
    remove: "내보내기",
    removeOf: (name) => `${name} 내보내기`,
    leave: "프로젝트에서 나가기",
    done: {
      added: "구성원을 추가했습니다.",
      changed: "역할을 바꿨습니다.",
      removed: "구성원을 내보냈습니다.",
    },
  },
};
