import type { RespView } from '../../../main/contract/model.ts';
import { formatCount } from '../../ui/format.ts';

/** What one node answered to `RAFT STATUS HASH`. */
export interface StateHash {
  readonly name: string;
  /** The entry after which the state had this hash. */
  readonly appliedIndex: number;
  readonly hash: string;
}

/** Reads the answer: an array of the applied index and the hash. Null when it is something else. */
export function readStateHash(name: string, reply: RespView): StateHash | null {
  if (reply.type !== 'array') return null;
  const [index, hash] = reply.items;
  const text = hash !== undefined && 'text' in hash ? hash.text : null;
  const applied = index !== undefined && 'text' in index ? Number(index.text) : NaN;
  if (text === null || text === '' || !Number.isSafeInteger(applied)) return null;
  return { name, appliedIndex: applied, hash: text };
}

/** What the hashes say together. */
export interface HashVerdict {
  readonly kind: 'agree' | 'differ' | 'not-comparable';
  readonly text: string;
}

/**
 * Hashes can be compared only where the same entries were applied (state machine safety, Raft paper
 * §5.4.3). Under load every node answers a little later than the one before, and nothing follows.
 */
export function compareHashes(hashes: readonly StateHash[]): HashVerdict {
  const [first] = hashes;
  if (first === undefined) return { kind: 'not-comparable', text: 'no node answered' };
  const sameEntry = hashes.every(({ appliedIndex }) => appliedIndex === first.appliedIndex);
  if (!sameEntry) {
    const indexes = hashes.map(({ appliedIndex }) => appliedIndex);
    const range = `${formatCount(Math.min(...indexes))} to ${formatCount(Math.max(...indexes))}`;
    return { kind: 'not-comparable', text: `read at entries ${range}: compare when writes pause` };
  }
  const others = hashes.filter(({ hash }) => hash !== first.hash);
  if (others.length > 0) {
    const names = others.map(({ name }) => name).join(', ');
    return {
      kind: 'differ',
      text: `${names} differs from ${first.name} at entry ${formatCount(first.appliedIndex)}`,
    };
  }
  const entry = `at entry ${formatCount(first.appliedIndex)}`;
  return { kind: 'agree', text: `${allText(hashes.length)} ${entry}` };
}

function allText(count: number): string {
  return count === 1 ? 'the only one' : `all ${String(count)} agree`;
}

/** The first eight digits in two groups: enough to be told apart by eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)}`.trim();
}
