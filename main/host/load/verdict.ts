import type { KeyVerdict } from '../../../node-engine/check/linearizability.ts';
import type { Operation } from '../../../node-engine/check/operation.ts';
import type { LoadOperation, LoadVerdict, LoadViolation } from '../../contract/load.ts';

/** Violations that are told of; one is a reason to look, and they tend to come in dozens. */
const VIOLATIONS_MAX = 10;
const AFTER_SHOWN = 4;
const STUCK_SHOWN = 8;

/** What the checker has found out of one key; or that it has not, because it was ended before. */
export type KeyFinding = Pick<KeyVerdict, 'key' | 'verdict' | 'operations'> &
  Partial<Pick<KeyVerdict, 'longestPrefix' | 'stuckOn'>>;

/** The verdict on a run from those on its keys. One key without a verdict leaves the whole open. */
export function verdictOf(
  findings: readonly KeyFinding[],
  { startedAtMs, elapsedMs }: { readonly startedAtMs: number; readonly elapsedMs: number },
): LoadVerdict {
  const broken = findings.filter(({ verdict }) => verdict === 'not-linearizable');
  const undecidedKeys = findings.filter(({ verdict }) => verdict === 'undecided').length;
  const violations = broken.map((finding) => violationOf(finding, startedAtMs));
  violations.sort((one, other) => startOf(one) - startOf(other));
  return {
    verdict:
      broken.length > 0 ? 'not linearizable' : undecidedKeys > 0 ? 'undecided' : 'linearizable',
    keys: findings.length,
    undecidedKeys,
    unreadKeys: 0,
    operations: findings.reduce((sum, { operations }) => sum + operations, 0),
    elapsedMs,
    violations: violations.slice(0, VIOLATIONS_MAX),
  };
}

function violationOf(
  { key, operations, longestPrefix = [], stuckOn = [] }: KeyFinding,
  startedAtMs: number,
): LoadViolation {
  const show = (operation: Operation): LoadOperation => forPeople(operation, startedAtMs);
  return {
    key,
    operations,
    after: longestPrefix.slice(-AFTER_SHOWN).map(show),
    stuckOn: stuckOn.slice(0, STUCK_SHOWN).map(show),
  };
}

function startOf({ stuckOn }: LoadViolation): number {
  return stuckOn[0]?.fromMs ?? 0;
}

/** Values are whole numbers here. */
function valueText(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** An operation with times of the clock on the wall. */
function forPeople(operation: Operation, startedAtMs: number): LoadOperation {
  const { id, process, f, input, output, invokeNs, completeNs, type } = operation;
  const value = f === 'write' ? input : output;
  return {
    id,
    client: process,
    action: f === 'write' ? 'write' : 'read',
    value: value === null || value === undefined ? null : valueText(value),
    fromMs: startedAtMs + invokeNs / 1e6,
    toMs: type === 'ok' ? startedAtMs + completeNs / 1e6 : null,
    outcome: type === 'ok' ? 'done' : 'unknown',
  };
}
