import { writeFileSync } from 'node:fs';

/*
 * A Vitest reporter that writes what test/run.mjs adds up: how many passed, and the name and reason of
 * every failure and every skip (the JSON reporter of Vitest leaves the reasons of skips out). The file's
 * path comes from RAFTDECK_SUMMARY.
 */

/**
 * @typedef {{ name: string, reason: string }} Note a test and why it did not pass
 * @typedef {object} Summary
 * @property {number} passed
 * @property {Note[]} failed
 * @property {Note[]} skipped
 */

export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<{ message: string }>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Summary} */
    const summary = { passed: 0, failed: [], skipped: [] };
    for (const { message } of unhandledErrors) {
      summary.failed.push({ name: 'outside of every test', reason: message });
    }
    for (const module of modules) {
      const file = module.relativeModuleId;
      // A file that does not load, or a beforeAll that throws, has no failed test to count.
      for (const { message } of module.errors()) {
        summary.failed.push({ name: file, reason: message });
      }
      for (const suite of module.children.allSuites()) {
        const name = `${file} > ${suite.fullName}`;
        for (const { message } of suite.errors()) summary.failed.push({ name, reason: message });
      }
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
  const name = `${test.module.relativeModuleId} > ${test.fullName}`;
  if (result.state === 'passed') {
    summary.passed += 1;
  } else if (result.state === 'skipped') {
    summary.skipped.push({ name, reason: result.note ?? 'no reason given' });
  } else {
    // Failed, or still pending at the end: it did not pass.
    const reason = result.errors?.[0]?.message ?? 'it did not come to an end';
    summary.failed.push({ name, reason });
  }
}
