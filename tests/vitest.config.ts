import { defineConfig } from "vitest/config";
import { fileURLToPath } from "node:url";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "tests/**/*.test.ts"],
    reporters: ["default", fileURLToPath(new URL("support/closing_line.ts", import.meta.url))],
    globalSetup: ["find_browser.ts", "start_services.ts"].map((name) =>
      fileURLToPath(new URL(`support/${name}`, import.meta.url))
    ),
    // Whole-process tests start servers and a browser; two cores give them little.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
