import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the plain line `Tests: N passed, N failed` that scripts and CI systems can read. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
      }
    }
    console.log(`Tests: ${passed} passed, ${failed} failed`);
  }
}
