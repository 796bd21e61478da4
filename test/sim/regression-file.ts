import { readFileSync, writeFileSync } from 'node:fs';

import type { Violation } from '../../node-engine/sim/invariants/invariant.ts';
import type { Profile } from '../../node-engine/sim/profile.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';
import type { RecordedSchedule, ScheduleInput } from '../../node-engine/sim/schedule.ts';

/**
 * A schedule that once broke a promise, kept as its decisions. A seed dies with the next change of the
 * code; the decisions mean the same for as long as the names of their points do.
 */
export interface Regression {
  readonly title: string;
  /** The promise it broke. */
  readonly invariant: string;
  readonly profile: Profile;
  readonly recorded: RecordedSchedule;
}

/** Whether this has the parts of a recorded schedule; a wrong part fails its replay. */
export function isRegression(content: unknown): content is Regression {
  return (
    typeof content === 'object' &&
    content !== null &&
    'title' in content &&
    'invariant' in content &&
    'profile' in content &&
    'recorded' in content
  );
}

/** Reads one file. */
export function readRegression(path: string): Regression {
  const text = readFileSync(path, 'utf8');
  let content: unknown = null;
  try {
    content = JSON.parse(text);
  } catch {
    // Not even JSON: said below.
  }
  if (!isRegression(content)) throw new Error(`${path} is not a recorded schedule`);
  return content;
}

export function writeRegression(path: string, regression: Regression): void {
  writeFileSync(path, `${JSON.stringify(regression, null, 2)}\n`);
}

/** The schedule to run; there is no seed any more, every decision is in the record. */
export function inputOf(regression: Regression): ScheduleInput {
  return { seed: -1, profile: regression.profile, replay: regression.recorded };
}

/** Runs one again; null when it breaks no promise. */
export function violationOf(regression: Regression): Violation | null {
  return runSchedule(inputOf(regression)).violation;
}
