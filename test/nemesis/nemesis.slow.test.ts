import { expect, test } from 'vitest';

import { isRequired } from '../require-tool.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { runNemesis, type NemesisOptions } from './nemesis.ts';
import { reportText, runText } from './report-text.ts';

/* The short form of `npm run nemesis`: every group of faults once, and a proof that it can fail. */

const SECONDS = 48;
/** So many that something was tried; how many a machine does in that time is no claim of this test. */
const OPERATIONS_MIN = 2_000;
const KINDS_MIN = 6;

const OPTIONS: NemesisOptions = {
  ...{ seconds: SECONDS, faults: null, nodes: 3, clients: 16, consistency: 'high' },
  ...{ seed: 20_261, historyFile: null, backend: null },
  onRun: (run) => {
    console.log(runText(run));
  },
};

for (const { name, tool, obstacle } of FAULT_KINDS) {
  test(`the fault ${name} can be made on this machine`, (context) => {
    const reason = obstacle();
    if (reason === null) return;
    // The kernel of a machine may refuse what its programs ask for; a program can be installed.
    const isMissing = tool !== undefined && reason.endsWith('is not installed');
    if (isMissing && isRequired(tool)) throw new Error(`RAFTDECK_REQUIRE names it, but: ${reason}`);
    context.skip(reason);
  });
}

test('clients are told the truth under every kind of fault', { timeout: 400_000 }, async () => {
  const report = await runNemesis(OPTIONS);
  console.log(reportText(report));
  expect(report.anomalies).toEqual([]);
  expect(report.undecided).toEqual([]);
  expect(report.operations.ok).toBeGreaterThanOrEqual(OPERATIONS_MIN);
  const struck = Object.values(report.strikes).filter((count) => count > 0);
  expect(struck.length).toBeGreaterThanOrEqual(KINDS_MIN);
});

test('nodes that answer old values are found out', { timeout: 120_000 }, async () => {
  const faults = FAULT_KINDS.filter(({ name }) => name === 'pause');
  const report = await runNemesis({ ...OPTIONS, faults, seconds: 8, consistency: 'low' });
  expect(report.anomalies.join('\n')).toContain('no order explains');
});
