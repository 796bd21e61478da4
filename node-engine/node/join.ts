import { replyItems, replyText } from '../client/reply-text.ts';
import type { Reply } from '../resp/value.ts';

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2000;

/** A member with this address or id is there: this node, from an earlier attempt, or another. */
const KNOWN = /^(?:ERR )?(?:peer already known|another member has|found duplicate address)/u;
/** Trying again would not change it: the wrong cluster, or the wrong secret. */
const FINAL = /^(?:ERR .* belongs to another cluster|ERR unauthorized|NOAUTH|WRONGPASS|NOPERM)/u;
/** The same for a login; a node that is still opening its data refuses one for now only. */
const FINAL_LOGIN = /refused the login: (?:ERR unauthorized|WRONGPASS)/u;

/** What joining needs of the node. */
export interface Joiner {
  /** The node's own advertised address. */
  readonly address: string;
  readonly id: string;
  /** Name of the machine that this node runs. */
  readonly machine: string;
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
  let theirs: string | null = null;
  while (!joiner.isClosing()) {
    theirs ??= await machineAt(joiner, address);
    if (theirs !== null && theirs !== joiner.machine) {
      return {
        ok: false,
        reason: `it runs the machine ${theirs}, and this node ${joiner.machine}`,
      };
    }
    const answer = await attempt(joiner, address, args);
    if (answer === null || joiner.isMember()) return { ok: true };
    const redirect = /^(?:MOVED \d+|TRY) (\S+)/u.exec(answer);
    const outcome = KNOWN.test(answer) ? await whoIsKnown(joiner, address, answer) : null;
    if (outcome !== null) return outcome;
    if (redirect?.[1] !== undefined) {
      address = redirect[1];
    } else if (FINAL.test(answer) || FINAL_LOGIN.test(answer)) {
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

/** Which machine a member runs; null when it does not say so, or cannot be asked now. */
async function machineAt(joiner: Joiner, address: string): Promise<string | null> {
  const reply = await joiner.ask(address, ['INFO', 'server']).catch(() => null);
  return /^machine:(.+?)\r?$/mu.exec(replyText(reply) ?? '')?.[1] ?? null;
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

/**
 * Says whether the member that the cluster knows already is this node. It is when an earlier attempt
 * was done and its reply was lost, or this process ended before it had heard: then the log is on its
 * way. Null when the cluster cannot be asked now.
 */
async function whoIsKnown(
  joiner: Joiner,
  address: string,
  answer: string,
): Promise<JoinOutcome | null> {
  let rows: readonly Reply[];
  try {
    rows = replyItems(await joiner.ask(address, ['RAFT', 'SERVER', 'LIST'])) ?? [];
  } catch {
    // Whoever answered a moment ago is gone; the next attempt finds who leads now.
    return null;
  }
  const members = rows.map(memberOf);
  const own = members.find(({ id }) => id === joiner.id);
  if (own?.address === joiner.address) {
    // A vote is given only to a node that has the log; this one has lost it, and its votes with it.
    if (own.voter === 'false') return { ok: true };
    const reason =
      `node ${joiner.id} was a voter of this cluster and has no data here; ` +
      'remove it from the cluster and add it again under a new id';
    return { ok: false, reason };
  }
  if (own !== undefined) {
    return { ok: false, reason: `${answer}: node ${own.id} is at ${own.address}` };
  }
  const twin = members.find((member) => member.address === joiner.address);
  if (twin === undefined) return null;
  return { ok: false, reason: `${answer}: ${twin.address} is node ${twin.id}` };
}

/** One row of RAFT SERVER LIST, flat as RESP2 has it: names and values in turn. */
function memberOf(row: Reply): Readonly<Record<'id' | 'address' | 'voter', string>> {
  const words = (replyItems(row) ?? []).map(replyText);
  const valueOf = (name: string): string => words[words.indexOf(name) + 1] ?? '';
  return { id: valueOf('id'), address: valueOf('address'), voter: valueOf('voter') };
}
