import type { KeyCopy } from '../../../main/contract/keys.ts';
import { formatCount } from '../../ui/format.ts';

/** What the copies of a key say together. */
export interface CopiesVerdict {
  readonly kind: 'same' | 'behind' | 'differ' | 'unknown';
  readonly text: string;
}

type ReadCopy = Extract<KeyCopy, { readonly state: 'read' }>;

/**
 * Nodes that have applied the same entries hold the same (state machine safety, Raft paper §5.4.3). One
 * that has applied fewer may hold what the others held before, and no more follows from it.
 */
export function compareCopies(
  copies: readonly KeyCopy[],
  name: (nodeId: string) => string,
): CopiesVerdict {
  const read = copies.filter((copy): copy is ReadCopy => copy.state === 'read');
  const [first] = read;
  if (first === undefined) return { kind: 'unknown', text: 'no node answered' };
  const missing = copies.length - read.length;
  const others = read.filter((copy) => contentKey(copy) !== contentKey(first));
  if (others.length === 0) {
    const text =
      missing === 0 ? 'yes' : `yes, on the ${String(read.length)} that answer, ${entries(read)}`;
    return { kind: 'same', text: missing === 0 ? `${text}, ${entries(read)}` : text };
  }
  const newest = Math.max(...read.map(({ fromIndex }) => fromIndex));
  const oldest = Math.min(...read.map(({ toIndex }) => toIndex));
  const isLevel = read.every(
    ({ fromIndex, toIndex }) => fromIndex === newest && toIndex === newest,
  );
  if (!isLevel) {
    return {
      kind: 'behind',
      text: `not yet: read at entries ${formatCount(Math.min(oldest, newest))} to ${formatCount(Math.max(oldest, newest))}`,
    };
  }
  const names = others.map(({ nodeId }) => name(nodeId)).join(', ');
  return { kind: 'differ', text: `no: ${names} differs at entry ${formatCount(newest)}` };
}

function entries(copies: readonly ReadCopy[]): string {
  const from = Math.min(...copies.map(({ fromIndex }) => fromIndex));
  const to = Math.max(...copies.map(({ toIndex }) => toIndex));
  return from === to
    ? `at entry ${formatCount(from)}`
    : `at entries ${formatCount(from)} to ${formatCount(to)}`;
}

function contentKey({ exists, sha256, expiresAtMs }: ReadCopy): string {
  return `${String(exists)} ${sha256 ?? ''} ${String(expiresAtMs)}`;
}
