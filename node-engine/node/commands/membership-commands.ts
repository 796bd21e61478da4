import { ClientError } from '../../client/client-error.ts';
import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { MembershipChange } from '../../raft/core.ts';
import type { Member } from '../../raft/types.ts';
import { waiterOf } from '../waiter-of.ts';
import type { NodeContext } from '../node-context.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';

const NODE_ID = /^[A-Za-z0-9._-]{1,40}$/u;
/** How long a leader that leaves waits for its successor, and for that one to answer. */
const HAND_OVER_MS = 5000;
const RETRY_MS = 50;

/** In all dialects: the leader is another one, or there is none for now. */
const NOBODY_LEADS =
  /^(?:TRYAGAIN|MOVED|TRY|CLUSTERDOWN|ERR leader not known|ERR node is not the leader)/u;

/** The refusal for a node that does not lead, or null when it does. */
export function unlessLeader(node: NodeContext): Reply | null {
  if (node.core.role() === 'leader') return null;
  const leaderId = node.core.leaderId();
  return node.failure({ kind: 'refused', reason: 'not-leader', leaderId }, 0);
}

/** The member with that id or address, or null. */
export function memberOf(node: NodeContext, idOrAddress: string): Member | null {
  const { members } = node.core.membership();
  const named = members.find((member) => member.id === idOrAddress);
  if (named !== undefined) return named;
  const address = (member: Member): boolean =>
    member.clientAddress === idOrAddress || member.peerAddress === idOrAddress;
  return members.find(address) ?? null;
}

/** Proposes a change and answers `success` once it is committed. */
function change(call: Call, what: MembershipChange, success: Reply): void {
  const waiter = waiterOf(
    () => {
      call.reply(success);
    },
    (failure) => {
      call.reply(call.node.failure(failure, 0));
    },
  );
  call.node.driver.changeMembership(what, waiter);
}

/** How a member is to be added. */
interface Addition {
  readonly address: string;
  /** The id it must have, or null for the id it says it has. */
  readonly id: string | null;
  readonly promote: boolean;
  readonly success: Reply;
}

/**
 * Adds a waiting node: dials it, checks who is there, commits it as a non-voter. Promotion follows
 * by itself once it has caught up. Nothing is appended when it cannot be reached.
 */
export function addPeer(call: Call, addition: Addition): Reply | typeof LATER {
  const { node } = call;
  const notLeader = unlessLeader(node);
  if (notLeader !== null) return notLeader;
  const { address, id } = addition;
  if (!/^(?:\[[^\]\s]+\]|[^:\s]+):\d{1,5}$/u.test(address)) {
    return errorReply(`ERR '${address.slice(0, 128)}' is not an address; host:port is wanted`);
  }
  if (id !== null && !NODE_ID.test(id)) {
    return errorReply('ERR a node id is 1 to 40 letters, digits, dots, dashes or underscores');
  }
  if (memberOf(node, address) !== null) return errorReply('ERR peer already known');
  void node.probe(address).then(
    (hello) => {
      const refusal = refuse(node, addition, hello);
      if (refusal !== null) {
        call.reply(refusal);
        return;
      }
      const member: Member = {
        id: hello.nodeId,
        peerAddress: hello.peerAddress,
        clientAddress: hello.clientAddress,
        voter: false,
        promote: addition.promote,
      };
      change(call, { type: 'add', member }, addition.success);
    },
    (error: unknown) => {
      call.reply(errorReply(`ERR cannot reach ${address}: ${messageOf(error)}`));
    },
  );
  return LATER;
}

function refuse(
  node: NodeContext,
  addition: Addition,
  hello: { readonly clusterId: string; readonly nodeId: string },
): Reply | null {
  const { address, id } = addition;
  if (hello.clusterId !== '' && hello.clusterId !== node.clusterId()) {
    return errorReply(`ERR ${address} belongs to another cluster (${hello.clusterId})`);
  }
  if (id !== null && hello.nodeId !== id) {
    return errorReply(`ERR the node at ${address} has the id ${hello.nodeId}, not ${id}`);
  }
  if (memberOf(node, hello.nodeId) !== null) {
    return errorReply(`ERR peer already known (node ${hello.nodeId})`);
  }
  return null;
}

/** What is to happen to a member; the words are those of RAFT SERVER. */
export type Departure = 'REMOVE' | 'DEMOTE';

/**
 * Removes or demotes a member. A leader that is to go hands over first, and lets its successor
 * commit the change; so the cluster is without a leader for a moment only.
 */
export function depart(
  call: Call,
  departure: Departure,
  idOrAddress: string,
  success: Reply,
): Reply | typeof LATER {
  const { node } = call;
  const notLeader = unlessLeader(node);
  if (notLeader !== null) return notLeader;
  const member = memberOf(node, idOrAddress);
  if (member === null) return errorReply('ERR peer is unknown');
  const voters = node.core.membership().members.filter((one) => one.voter);
  if (member.id === node.settings.id && voters.length > 1) {
    void handOver(node, null).then(async (refusal) => {
      call.reply(refusal ?? (await askSuccessor(node, departure, member.id, success)));
    });
    return LATER;
  }
  const type = departure === 'REMOVE' ? 'remove' : 'demote';
  change(call, { type, id: member.id }, success);
  return LATER;
}

/** Promotes a non-voter. */
export function promote(call: Call, id: string, success: Reply): Reply | typeof LATER {
  const notLeader = unlessLeader(call.node);
  if (notLeader !== null) return notLeader;
  if (memberOf(call.node, id) === null) return errorReply('ERR peer is unknown');
  change(call, { type: 'promote', id }, success);
  return LATER;
}

/** Hands leadership over, to `to` or to the voter furthest ahead; answers OK when it is done. */
export function transfer(call: Call, to: string | null): Reply | typeof LATER {
  const notLeader = unlessLeader(call.node);
  if (notLeader !== null) return notLeader;
  if (to === call.node.settings.id) return OK;
  void handOver(call.node, to).then((refusal) => {
    call.reply(refusal ?? OK);
  });
  return LATER;
}

/** Resolves with null once another server leads, else with why it does not. */
async function handOver(node: NodeContext, to: string | null): Promise<Reply | null> {
  const asking: { answered: boolean; refusal: Reply | null } = { answered: false, refusal: null };
  const transferLeadership = (): void => {
    const answer = node.core.transferLeadership(to);
    asking.answered = true;
    if (!answer.ok) {
      const { reason, leaderId } = answer;
      asking.refusal = node.failure({ kind: 'refused', reason, leaderId }, 0);
    }
  };
  node.driver.ask(transferLeadership, (failure) => {
    asking.answered = true;
    asking.refusal = node.failure(failure, 0);
  });
  const self = node.settings.id;
  const settled = (): boolean => {
    if (!asking.answered) return false;
    const leaderId = node.core.leaderId();
    const over = leaderId !== null && leaderId !== self;
    const abandoned = node.core.role() === 'leader' && node.core.transferTarget() === null;
    return asking.refusal !== null || over || abandoned;
  };
  const inTime = await node.waitUntil(settled, HAND_OVER_MS);
  if (asking.refusal !== null) return asking.refusal;
  if (!inTime || node.core.role() === 'leader') {
    return errorReply('TRYAGAIN the chosen successor did not take over in time');
  }
  return null;
}

/** Asks the new leader, as a client would, for the change that this node could not make itself. */
async function askSuccessor(
  node: NodeContext,
  departure: Departure,
  id: string,
  success: Reply,
): Promise<Reply> {
  const deadline = Date.now() + HAND_OVER_MS;
  let last: Reply = errorReply(
    'TRYAGAIN leadership was handed over, but no successor is known yet',
  );
  while (Date.now() < deadline) {
    const leader = node.leader();
    if (leader !== null && leader.id !== node.settings.id) {
      try {
        last = await node.ask(leader.clientAddress, ['RAFT', 'SERVER', departure, id]);
      } catch (error) {
        const text = messageOf(error);
        const sent = !(error instanceof ClientError) || error.sent;
        const word = sent ? 'UNKNOWN' : 'TRYAGAIN';
        last = errorReply(`${word} the new leader ${leader.id} did not answer: ${text}`);
      }
      const text = errorTextOf(last);
      if (text === null) return success;
      // The change may have been made although an earlier answer was lost.
      if (/^(?:ERR )?peer is unknown/u.test(text) && departure === 'REMOVE') return success;
      if (!NOBODY_LEADS.test(text)) return last;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return last;
}

function errorTextOf(reply: Reply): string | null {
  const isError =
    typeof reply === 'object' && reply !== null && 'type' in reply && reply.type === 'error';
  return isError ? reply.text : null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
