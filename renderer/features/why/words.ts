import { formatPlural } from '../../ui/format.ts';
import type { Survey, Voter } from './evidence.ts';
import type { EvidenceItem } from './verdict.ts';

export const HOST = 'the host';

/** `node-1`, `node-1 and node-2`, `node-1, node-2 and node-3`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

export function namesOf(voters: readonly Voter[]): string {
  return listed(voters.map(({ name }) => name));
}

export function areOrIs(voters: readonly unknown[]): string {
  return voters.length === 1 ? 'is' : 'are';
}

/** '1 of 3 voters can vote; 2 are needed.' */
export function tally(count: number, { voters, quorum }: Survey, can: string): string {
  const needed = `${String(quorum)} ${quorum === 1 ? 'is' : 'are'} needed`;
  return `${String(count)} of ${formatPlural(voters.length, 'voter')} ${can}; ${needed}.`;
}

/** What a node said of itself, dated when the host heard it. */
export function said(voter: Voter, text: string): EvidenceItem {
  return { text, saidBy: voter.name, atMs: voter.node?.heardAtMs ?? 0 };
}

/** What the host knows of a process. */
export function seenByHost(text: string, atMs: number): EvidenceItem {
  return { text, saidBy: HOST, atMs };
}

/** In order of time, the last eight. */
export function inOrder(items: readonly EvidenceItem[]): readonly EvidenceItem[] {
  return [...items].sort((left, right) => left.atMs - right.atMs).slice(-8);
}
