import type { KeyVerdict } from './linearizability.ts';
import type { Anomaly } from './list-append.ts';
import type { Operation } from './operation.ts';
import type { Transaction } from './transaction.ts';

const PREFIX_SHOWN = 5;
const STUCK_SHOWN = 8;

/** Why a key's history was refused, for people; null when it was not. */
export function explainVerdict(verdict: KeyVerdict): string | null {
  const { key, operations, longestPrefix, stuckOn } = verdict;
  if (verdict.verdict === 'linearizable') return null;
  if (verdict.verdict === 'undecided') {
    return `key ${key}: undecided, the search of ${operations} operations reached its limit`;
  }
  const shown = longestPrefix.slice(-PREFIX_SHOWN);
  const skipped = longestPrefix.length - shown.length;
  return [
    `key ${key}: no order explains its ${operations} operations.`,
    `The longest that was found puts ${longestPrefix.length} in order${skipped > 0 ? ', at its end' : ''}:`,
    ...shown.map((operation) => `  ${describe(operation)}`),
    'and then none of these can be next:',
    ...stuckOn.slice(0, STUCK_SHOWN).map((operation) => `  ${describe(operation)}`),
    ...(stuckOn.length > STUCK_SHOWN ? [`  and ${stuckOn.length - STUCK_SHOWN} more`] : []),
  ].join('\n');
}

/** An anomaly of the list-append checker, for people. */
export function explainAnomaly({ kind, text, transactions }: Anomaly): string {
  const who = transactions.slice(0, STUCK_SHOWN).map((one) => `  ${describeTransaction(one)}`);
  return [`${kind}: ${text}`, ...who].join('\n');
}

/** One operation in a line: `#12 client 3: write 7 → OK, from 1.204 s to 1.209 s`. */
export function describe(operation: Operation): string {
  const { id, process, f, input, output, type } = operation;
  const asked = input === null || input === undefined ? f : `${f} ${JSON.stringify(input)}`;
  const answered = type === 'ok' ? JSON.stringify(output ?? null) : outcome(type);
  return `#${id} client ${process}: ${asked} → ${answered}, ${times(operation)}`;
}

function describeTransaction({ operation, steps }: Transaction): string {
  const parts = steps.map(([f, key, value]) => {
    if (f === 'append') return `append ${key} ${value}`;
    return value === null ? `read ${key}` : `read ${key} = [${value.join(' ')}]`;
  });
  const { id, process, type } = operation;
  const ending = type === 'ok' ? '' : ` → ${outcome(type)}`;
  return `#${id} client ${process}: ${parts.join('; ')}${ending}, ${times(operation)}`;
}

function outcome(type: 'fail' | 'info'): string {
  return type === 'fail' ? 'not done' : 'unknown';
}

function times({ invokeNs, completeNs }: Operation): string {
  const end = Number.isFinite(completeNs) ? `to ${seconds(completeNs)}` : 'and never answered';
  return `from ${seconds(invokeNs)} ${end}`;
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(6)} s`;
}
