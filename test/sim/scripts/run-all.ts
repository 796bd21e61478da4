import type { RunReport } from '../../../node-engine/sim/run-many.ts';
import { addCounts } from '../../../node-engine/sim/run-many.ts';
import { INVARIANTS } from '../../../node-engine/sim/invariants/invariant.ts';
import type { InvariantId, Violation } from '../../../node-engine/sim/invariants/invariant.ts';
import { violationOf } from '../regression-file.ts';
import { REGRESSIONS } from '../regressions.ts';
import { SCRIPTS } from './all-scripts.ts';
import { runScript } from './run-script.ts';
import type { ScriptResult } from './run-script.ts';
import type { AddedCrash, Script } from './scenario.ts';

/** A script in which a promise was broken, or that did not get where it wanted. */
export interface ScriptFailure extends Violation {
  readonly script: string;
  readonly added: AddedCrash | null;
}

/** Runs every schedule that was kept because it once broke a promise. */
export function runRegressions(): ScriptFailure[] {
  return REGRESSIONS.flatMap(([name, regression]) => {
    const violation = violationOf(regression);
    return violation === null ? [] : [{ ...violation, script: name, added: null }];
  });
}

/** Runs the scripts and adds to `report` what was counted; stops after so many failures. */
export function runScripts(report: RunReport, failuresMax: number): ScriptFailure[] {
  const failures: ScriptFailure[] = [];
  for (const script of SCRIPTS) {
    const failure = tried(report, script, null);
    if (failure !== null) failures.push(failure);
    if (failures.length >= failuresMax) break;
  }
  return failures;
}

/**
 * Runs every script again with a crash added at each place where a server touches the outside world,
 * one place at a time.
 *
 * @returns what failed, and how many runs that were
 */
export function sweepCrashes(
  report: RunReport,
  share: { readonly every: number; readonly offset: number },
): { readonly failures: readonly ScriptFailure[]; readonly runs: number } {
  const failures: ScriptFailure[] = [];
  let place = 0;
  let runs = 0;
  for (const script of SCRIPTS) {
    const { effects } = runScript(script);
    for (const [node, count] of effects) {
      if (Number(node) > script.voters) continue;
      for (let effect = 1; effect <= count; effect += 1) {
        place += 1;
        if (place % share.every !== share.offset) continue;
        runs += 1;
        const failure = tried(report, script, { node, effect });
        if (failure !== null) failures.push(failure);
      }
    }
  }
  return { failures, runs };
}

function tried(report: RunReport, script: Script, added: AddedCrash | null): ScriptFailure | null {
  const { marks, coverage } = report;
  let result: ScriptResult;
  try {
    result = runScript(script, { added, marks, coverage });
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { script: script.name, added, invariant: 'assert', message, atUs: 0, event: 0 };
  }
  addCounts(report.counts, result.counts);
  for (const id of Object.keys(INVARIANTS) as InvariantId[]) {
    report.vacuity[id] += result.vacuity[id];
  }
  return result.violation === null ? null : { ...result.violation, script: script.name, added };
}
