import type { NemesisReport } from './nemesis.ts';
import type { RunResult } from './nemesis-run.ts';

const SHOWN_MAX = 20;

/** A run in a line, and what was wrong in it. */
export function runText(run: RunResult): string {
  const { ok, fail, info } = run.operations;
  const strikes = Object.entries(run.strikes).map(([name, count]) => `${name} ${count}`);
  const wrong = [...run.anomalies, ...run.undecided.map((text) => `UNDECIDED ${text}`)];
  return [
    `run ${run.number}, ${run.machine}: ${strikes.join(', ')}: ` +
      `${ok} ok, ${fail} not done, ${info} unknown in ${run.seconds.toFixed(0)} s; ` +
      `equal states after ${run.convergedMs.toFixed(0)} ms`,
    ...wrong.slice(0, SHOWN_MAX).map((text) => `  ANOMALY ${text.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}

/** The end of the report, for people: the last line is the sum. */
export function reportText(report: NemesisReport): string {
  const { operations, anywhereReads, failover, strikes, skipped } = report;
  const all = operations.ok + operations.fail + operations.info;
  const total = Object.values(strikes).reduce((sum, count) => sum + count, 0);
  return [
    ...skipped.map(({ fault, reason }) => `SKIPPED ${fault}: ${reason}`),
    `${Object.entries(strikes)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}; ${report.kills} kills`,
    `${failover.count} failovers: median ${failover.medianMs.toFixed(0)} ms, ` +
      `p99 ${failover.p99Ms.toFixed(0)} ms from the kill of a leader to the next acknowledged write`,
    `seed ${report.seed}: ${all} operations (${operations.ok} ok, ${anywhereReads} of them reads at ` +
      `any node), ${total} faults of ` +
      `${Object.keys(strikes).length} kinds in ${report.seconds.toFixed(0)} s: ` +
      `${report.anomalies.length} anomalies, ${report.undecided.length} undecided, ` +
      `${skipped.length} kinds of faults skipped`,
  ].join('\n');
}
