import type { Reply } from '../resp/value.ts';

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2000;

/** What joining needs of the node. */
export interface Joiner {
  /** The node's own advertised address. */
  readonly address: string;
  readonly id: string;
  readonly nonVoter: boolean;
  /** True once a membership with this node in it has arrived. */
  readonly isMember: () => boolean;
  readonly isClosing: () => boolean;
  readonly ask: (address: string, args: readonly string[]) => Promise<Reply>;
  readonly log: (text: string) => void;
}

/** How an attempt to join ended for good. */
export type JoinOutcome =
  | { readonly ok: true }
  /** Refused for a reason that trying again would not change. */
  | { readonly ok: false; readonly reason: string };

/**
 * Asks a cluster to add this node: RAFTADDPEER to any member, following MOVED and TRY, again and
 * again while nobody answers or an election runs. Each of these means that nothing was done, or that
 * asking again is harmless, because a member is added only once.
 */
export async function joinCluster(joiner: Joiner, target: string): Promise<JoinOutcome> {
  let address = target;
  let waitMs = RETRY_MIN_MS;
  const args = joiner.nonVoter
    ? ['RAFT', 'SERVER', 'ADD', joiner.id, joiner.address, 'NONVOTER']
    : ['RAFTADDPEER', joiner.address];
  let lastSaid = '';
  while (!joiner.isClosing()) {
    const answer = await attempt(joiner, address, args);
    if (answer === null || joiner.isMember()) return { ok: true };
    const redirect = /^(?:MOVED \d+|TRY) (\S+)/u.exec(answer);
    if (redirect?.[1] !== undefined) {
      address = redirect[1];
    } else if (isFinal(answer)) {
      return { ok: false, reason: answer };
    } else {
      // The leader named last may be gone; the address that was given knows more.
      address = target;
    }
    if (answer !== lastSaid) joiner.log(`joining at ${address}: ${answer}`);
    lastSaid = answer;
    await new Promise((resolve) => setTimeout(resolve, redirect === null ? waitMs : RETRY_MIN_MS));
    if (redirect === null) waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
  }
  return { ok: false, reason: 'the node is closing' };
}

/** Null when the cluster has done it; else what it said, or why nobody answered. */
async function attempt(
  joiner: Joiner,
  address: string,
  args: readonly string[],
): Promise<string | null> {
  try {
    const reply = await joiner.ask(address, args);
    const isError =
      typeof reply === 'object' && reply !== null && 'type' in reply && reply.type === 'error';
    return isError ? reply.text : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isFinal(answer: string): boolean {
  return /^ERR (?:peer already known|.* belongs to another cluster|another member has)/u.test(
    answer,
  );
}
