import type { RunReport } from '../../node-engine/sim/run-many.ts';
import { MARKS } from '../../node-engine/sim/marks.ts';
import type { Mark } from '../../node-engine/sim/marks.ts';
import { NEVER_SENT } from '../raft/never-sent.ts';

/** The rarest corner is reached about once in a hundred schedules; fewer may miss it by chance. */
const SCHEDULES_ENOUGH = 2000;

/**
 * Corners that a run of some length never reached: either the core has changed so that they are out of
 * reach, or the simulator does not go there any more. Both must be noticed.
 */
export function unreachedIn(report: RunReport): readonly Mark[] {
  if (report.schedules < SCHEDULES_ENOUGH || report.failures.length > 0) return [];
  return MARKS.filter((mark) => report.marks[mark] === 0);
}

/** Messages that met a server although no correct server sends them: the reason given is wrong. */
export function impossibleIn(report: RunReport): readonly string[] {
  const table = report.coverage.table();
  return [...NEVER_SENT.keys()].filter((cell) => (table[cell] ?? 0) > 0);
}
