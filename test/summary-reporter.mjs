import { writeFileSync } from 'node:fs';

/*
 * A Vitest reporter that writes what test/run.mjs adds up: counts, and the reason of every skip (the
 * JSON reporter of Vitest leaves the reasons out). The file's path comes from RAFTDECK_SUMMARY.
 */

/**
 * @typedef {object} Summary
 * @property {number} passed
 * @property {number} failed
 * @property {{ name: string, reason: string }[]} skipped
 */

export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Summary} */
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file that does not load, or a beforeAll that throws, has no failed test to count.
      summary.failed += module.errors().length;
      for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
      for (const test of module.children.allTests()) countTest(test, summary);
    }
    const path = process.env['RAFTDECK_SUMMARY'];
    if (path !== undefined) writeFileSync(path, `${JSON.stringify(summary)}\n`);
  }
}

/**
 * @param {import('vitest/node').TestCase} test
 * @param {Summary} summary
 */
function countTest(test, summary) {
  const result = test.result();
  if (result.state === 'passed') {
    summary.passed += 1;
  } else if (result.state === 'skipped') {
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    summary.skipped.push({ name, reason: result.note ?? 'no reason given' });
  } else {
    // Failed, or still pending at the end: it did not pass.
    summary.failed += 1;
  }
}
