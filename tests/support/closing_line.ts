import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, and fails it when a test was skipped
 * without a reason (`context.skip("why")`) or when nothing ran.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed");
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const broken = modules.filter((module) => module.errors().length > 0);
    const failed = tests.length - passed.length - skipped.length + broken.length + errors.length;

    for (const test of skipped) {
      const result = test.result();
      const reason = result.state === "skipped" ? result.note : undefined;
      if (!reason) Deno.exitCode = 1;
      console.log(`skipped: ${test.fullName}: ${reason ?? "NO REASON GIVEN"}`);
    }
    if (passed.length === 0) Deno.exitCode = 1;
    // The default reporter still prints its summary; the line must come after it.
    const line = `${passed.length} passed, ${failed} failed, ${skipped.length} skipped`;
    globalThis.addEventListener("unload", () => console.log(`\n${line}`));
  }
}
