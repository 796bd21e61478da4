import type { NodeView } from '../../../main/contract/model.ts';

/** How a node looks. Each has its own shape, letter and word; colour is only the fourth cue. */
export type FaceKind =
  | 'leader'
  | 'follower'
  | 'candidate'
  | 'non-voter'
  | 'down'
  | 'frozen'
  /** Its process runs but it does not take part: damaged, or its disk has failed. */
  | 'failed'
  /** Its process runs and is not heard yet, or not any more. */
  | 'unknown';

export interface Face {
  readonly kind: FaceKind;
  /** One letter or sign, for where a word has no room. */
  readonly letter: string;
  readonly word: string;
}

/** A node pushes at least every 250 ms; after this long its last word is no longer the present. */
const STALE_AFTER_MS = 2_000;

/** What a node is right now, from its process first and from its own word second. */
export function faceOf(node: NodeView, nowMs: number): Face {
  const { process, status, heardAtMs } = node;
  if (process === 'stopped' || process === 'crashed') {
    return { kind: 'down', letter: '✕', word: DOWN_WORDS[exitOf(node)] };
  }
  if (process === 'frozen') return { kind: 'frozen', letter: '❚❚', word: 'Frozen' };
  if (process === 'starting') return { kind: 'unknown', letter: '…', word: 'Starting' };
  if (process === 'stopping') return { kind: 'unknown', letter: '…', word: 'Stopping' };
  if (status === null || heardAtMs === null) {
    return { kind: 'unknown', letter: '?', word: 'No answer' };
  }
  if (nowMs - heardAtMs > STALE_AFTER_MS)
    return { kind: 'unknown', letter: '?', word: 'No answer' };
  switch (status.health) {
    case 'damaged':
      return { kind: 'failed', letter: '!', word: 'Damaged' };
    case 'storage-failed':
      return { kind: 'failed', letter: '!', word: 'Disk failed' };
    case 'loading':
      return { kind: 'unknown', letter: '…', word: 'Loading' };
    case 'waiting':
      return { kind: 'non-voter', letter: 'N', word: 'Waiting' };
    case 'removed':
      return { kind: 'unknown', letter: '–', word: 'Removed' };
    case 'ok':
      return roleFace(status.role, status.voter);
  }
}

/** How a process came to its end: by the signal that cannot be caught, by itself, or as asked. */
export function exitOf({ process, exitReason }: NodeView): 'killed' | 'ended' | 'stopped' {
  if (exitReason?.includes('SIGKILL') === true) return 'killed';
  return process === 'crashed' ? 'ended' : 'stopped';
}

const DOWN_WORDS = { killed: 'Killed', ended: 'Down', stopped: 'Stopped' } as const;

function roleFace(
  role: 'follower' | 'pre-candidate' | 'candidate' | 'leader',
  voter: boolean,
): Face {
  if (role === 'leader') return { kind: 'leader', letter: 'L', word: 'Leader' };
  if (role !== 'follower') return { kind: 'candidate', letter: 'C', word: 'Candidate' };
  return voter
    ? { kind: 'follower', letter: 'F', word: 'Follower' }
    : { kind: 'non-voter', letter: 'N', word: 'Non-voter' };
}

/** Whether it takes part: what the quorum may count on. */
export function isUp({ kind }: Face): boolean {
  return kind === 'leader' || kind === 'follower' || kind === 'candidate' || kind === 'non-voter';
}
