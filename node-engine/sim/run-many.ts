import { INVARIANTS, zeroVacuity } from './invariants/invariant.ts';
import type { InvariantId, Vacuity } from './invariants/invariant.ts';
import { Coverage, MARKS, zeroMarks } from './marks.ts';
import type { MarkCounts } from './marks.ts';
import { swarmProfile } from './profile.ts';
import type { ProfileName } from './profile.ts';
import { Prng } from './prng.ts';
import { runSchedule } from './schedule.ts';
import type { ScheduleInput, ScheduleResult } from './schedule.ts';
import { zeroCounts } from './world-counts.ts';
import type { WorldCounts } from './world-counts.ts';

/** Which schedules to run. */
export interface RunRequest {
  readonly profile: ProfileName;
  readonly from: number;
  readonly seeds: number;
  /** Events of each schedule; 0: what the seed says. */
  readonly events: number;
}

/** Events of most schedules, and of every fifth: some corners lie far from the start. */
const EVENTS_SHORT = 1500;
const EVENTS_LONG = 6000;
const LONG_EVERY = 5;

/** What many schedules have counted together. */
export interface RunReport {
  schedules: number;
  readonly counts: WorldCounts;
  readonly vacuity: Vacuity;
  readonly marks: MarkCounts;
  readonly coverage: Coverage;
  readonly failures: ScheduleResult[];
}

/** A report of nothing. */
export function emptyReport(): RunReport {
  return {
    schedules: 0,
    counts: zeroCounts(),
    vacuity: zeroVacuity(),
    marks: zeroMarks(),
    coverage: new Coverage(),
    failures: [],
  };
}

/** The schedule of one seed. */
export function scheduleOf(request: {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly events: number;
}): ScheduleInput {
  const { seed, events } = request;
  const byLength = seed % LONG_EVERY === 0 ? EVENTS_LONG : EVENTS_SHORT;
  const eventsMax = events === 0 ? byLength : events;
  const prng = new Prng(seed, `profile ${request.profile}`);
  return { seed, profile: swarmProfile(prng, eventsMax) };
}

/** Runs schedules one after the other; stops early after `failuresMax` failures. */
export function runMany(request: RunRequest, failuresMax = 10): RunReport {
  const report = emptyReport();
  const { from, seeds, profile, events } = request;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { marks, coverage } = report;
    const result = runSchedule({ ...scheduleOf({ seed, profile, events }), marks, coverage });
    addResult(report, result);
    if (report.failures.length >= failuresMax) break;
  }
  return report;
}

function addResult(report: RunReport, result: ScheduleResult): void {
  report.schedules += 1;
  addCounts(report.counts, result.counts);
  for (const id of Object.keys(INVARIANTS) as InvariantId[]) {
    report.vacuity[id] += result.vacuity[id];
  }
  if (result.violation !== null) report.failures.push(result);
}

/** Adds one report to another, also one that came from another thread. */
export function addReport(sum: RunReport, part: RunReport): void {
  sum.schedules += part.schedules;
  addCounts(sum.counts, part.counts);
  for (const id of Object.keys(INVARIANTS) as InvariantId[]) sum.vacuity[id] += part.vacuity[id];
  for (const mark of MARKS) sum.marks[mark] += part.marks[mark];
  part.coverage.cells.forEach((hits, cell) => {
    sum.coverage.cells[cell] = (sum.coverage.cells[cell] ?? 0) + hits;
  });
  sum.failures.push(...part.failures);
}

/** Adds one run's counters to another's. */
export function addCounts(sum: WorldCounts, counts: WorldCounts): void {
  for (const name of Object.keys(sum) as (keyof WorldCounts)[]) sum[name] += counts[name];
}
