import type { LoadOperation, LoadSoFar, LoadVerdict } from '../../../main/contract/load.ts';
import { formatCount, formatDuration, formatMoment, formatPlural } from '../../ui/format.ts';

/** A check of a part of a run, in a heading and a sentence. */
export function soFarWords(soFar: LoadSoFar): readonly [title: string, sentence: string] {
  const upTo = formatMoment(soFar.upToMs);
  const operations = formatPlural(soFar.operations, 'operation');
  switch (soFar.verdict) {
    case 'linearizable':
      return ['Linearizable so far', `One order explains all ${operations} up to ${upTo}.`];
    case 'undecided':
      return [
        'Undecided so far',
        `The search reached its limit on the ${operations} up to ${upTo}: nothing is claimed.`,
      ];
    case 'not linearizable':
      return [
        'Not linearizable',
        `No order explains what was answered up to ${upTo}. Stop the load to see which operations.`,
      ];
  }
}

/** What a verdict means, in a heading and a sentence. */
export function verdictWords(verdict: LoadVerdict): readonly [title: string, sentence: string] {
  const operations = formatPlural(verdict.operations, 'operation');
  const keys = formatPlural(verdict.keys, 'key');
  switch (verdict.verdict) {
    case 'linearizable':
      return [
        'Linearizable',
        `One order explains all ${operations} on ${keys}${lastReads(verdict)}`,
      ];
    case 'undecided': {
      const open = formatPlural(verdict.undecidedKeys, 'key');
      return [
        'Undecided',
        `The search reached its limit on ${open} of ${formatCount(verdict.keys)}: nothing wrong was ` +
          'found, and nothing is claimed. A load with fewer unknown outcomes is easier to check.',
      ];
    }
    case 'not linearizable':
      return [
        'Not linearizable',
        `No order explains what was answered on ${formatPlural(verdict.violations.length, 'key')}.`,
      ];
  }
}

/** Whether what was acknowledged was seen again when the load had ended. */
function lastReads({ unreadKeys }: LoadVerdict): string {
  if (unreadKeys === 0) return ', the last reads among them.';
  const keys = formatPlural(unreadKeys, 'key');
  return `. At the end ${keys} could not be read once more: whether all that was written is still there was not seen.`;
}

/** One operation of a history: who asked for what, what came, and how long that took. */
export function operationWords({ client, action, value, toMs, fromMs }: LoadOperation): string {
  const what = action === 'write' ? `writes ${value ?? ''}` : `reads ${value ?? 'nothing'}`;
  const took = toMs === null ? 'no answer' : formatDuration(toMs - fromMs);
  return `client ${String(client)} ${what}, ${took}`;
}
