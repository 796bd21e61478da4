import { INVARIANTS } from '../../node-engine/sim/invariants/invariant.ts';
import type { InvariantId } from '../../node-engine/sim/invariants/invariant.ts';
import type { RunReport } from '../../node-engine/sim/run-many.ts';
import type { WorldCounts } from '../../node-engine/sim/world-counts.ts';
import type { SimOptions } from './options.ts';
import { SCRIPTS } from './scripts/all-scripts.ts';
import type { ScriptFailure } from './scripts/run-all.ts';

/** A run of fewer schedules may miss a corner by chance. */
const SCHEDULES_ENOUGH = 500;

/** Invariants that a run of some length never had a reason to check: it has proved nothing. */
export function vacuousIn(report: RunReport): readonly InvariantId[] {
  if (report.schedules < SCHEDULES_ENOUGH || report.failures.length > 0) return [];
  const ids = Object.keys(INVARIANTS) as InvariantId[];
  return ids.filter((id) => id !== 'assert' && report.vacuity[id] === 0);
}

/** The last line of a run. */
export function summaryOf(
  run: {
    /** Of everything that ran. */
    readonly report: RunReport;
    /** Of the seeded schedules alone. */
    readonly seeded: WorldCounts;
    readonly scripts: readonly ScriptFailure[];
    /** Scripts run with an added crash. */
    readonly sweeps: number;
  },
  options: SimOptions,
  seconds: number,
): Readonly<Record<string, unknown>> {
  const { report, seeded, scripts, sweeps } = run;
  const { counts } = report;
  return {
    profile: options.profile,
    from: options.from,
    schedules: report.schedules,
    // Schedules that broke no promise have exactly the length they were to have, and overtime.
    events: seeded.events - seeded.overtime,
    overtimeEvents: seeded.overtime,
    scriptEvents: counts.events - seeded.events,
    messages: counts.messages,
    elections: counts.elections,
    crashes: counts.crashes,
    restarts: counts.restarts,
    snapshots: counts.snapshots,
    configChanges: counts.membershipChanges,
    writes: counts.writesAnswered,
    reads: counts.readsAnswered,
    followerReads: counts.followerReads,
    agedReads: counts.agedReads,
    histories: counts.histories,
    historyOperations: counts.historyOperations,
    scripts: options['no-scripts'] ? 0 : SCRIPTS.length,
    sweeps,
    violations: report.failures.length + scripts.length,
    failures: [
      ...scripts,
      ...report.failures.map(({ seed, violation }) => ({ seed, ...violation })),
    ],
    vacuity: report.vacuity,
    marks: report.marks,
    cells: report.coverage.table(),
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: Math.round(counts.events / seconds),
  };
}

/** How much was tried and how fast, for people. */
export function rateOf(schedules: number, counts: WorldCounts, seconds: number): string {
  const { events, overtime } = counts;
  const [all, planned, late] = [schedules, events - overtime, overtime].map(grouped);
  const rate = grouped(Math.round(events / seconds));
  return (
    `${all ?? ''} schedules, ${planned ?? ''} events and ${late ?? ''} in overtime in ` +
    `${seconds.toFixed(1)} s: ${rate} events/s`
  );
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
