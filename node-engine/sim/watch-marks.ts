import type { AppendEntriesRequest, Message } from '../raft/message.ts';
import type { TraceEvent } from '../raft/trace.ts';
import type { Ready } from '../raft/ready.ts';
import type { Ghost } from './ghost.ts';
import type { MarkCounts } from './marks.ts';
import type { NodeGhost, Watched } from './node-ghost.ts';
import { lastIndexOf } from '../raft/types.ts';
import type { Membership } from '../raft/types.ts';

/** Terms a message must lie back to count as long gone. */
const LONG_GONE_TERMS = 3;

/** What is remarkable about a message that is about to be handled. */
export function noteMessageMarks(
  marks: MarkCounts,
  { node, core }: Watched,
  message: Message,
): void {
  const term = core.term();
  if (message.term + LONG_GONE_TERMS < term) marks['message of a term long gone delivered'] += 1;
  switch (message.type) {
    case 'AppendEntriesRequest':
      if (message.term < term) marks['append of an old term ignored'] += 1;
      else if (message.prevLogIndex < core.commitIndex()) {
        marks['append that begins below the commit index'] += 1;
      }
      if (message.term === term && holdsAll(node, message)) {
        marks['duplicate append acknowledged again'] += 1;
      }
      if (core.role() === 'candidate' && message.term === term) {
        marks['candidate steps back for the leader of its term'] += 1;
      }
      break;
    case 'AppendEntriesResponse':
      if (!message.success && message.term === term && core.role() === 'leader') {
        const isMissing = message.hintIndex < message.matchIndex;
        marks[
          isMissing ? 'append refused for a missing entry' : 'append refused for another term'
        ] += 1;
      }
      break;
    case 'RequestVoteRequest':
    case 'PreVoteRequest': {
      const { members } = node.log.membership.membership;
      const isMember = members.some(({ id, voter }) => id === message.from && voter);
      if (!isMember && members.length > 0) marks['removed server asks for votes'] += 1;
      break;
    }
    case 'PreVoteResponse':
      if (!message.granted && message.term > term)
        marks['pre-vote refused with a higher term'] += 1;
      break;
    case 'InstallSnapshotRequest':
      if (message.snapshot.lastIncludedIndex <= core.commitIndex()) {
        marks['stale snapshot ignored'] += 1;
      }
      if (message.offset > 0) marks['snapshot sent in several chunks'] += 1;
      break;
    default:
      break;
  }
}

/** Whether everything that the message brings is in the log already. */
function holdsAll({ log }: NodeGhost, { runs }: AppendEntriesRequest): boolean {
  const last = runs.at(-1);
  return last !== undefined && log.termAt(lastIndexOf(last)) === last.term;
}

/** What is remarkable about something the core tells. */
export function noteMarks(
  marks: MarkCounts,
  ghost: Ghost,
  { node, core }: Watched,
  event: TraceEvent,
): void {
  switch (event.type) {
    case 'role':
      noteRoleMarks(marks, ghost, { node, core }, event);
      break;
    case 'vote-answered':
      if (event.preVote) break;
      if (event.granted && ghost.votes.get(`${node.id} ${event.term}`) === event.candidate) {
        marks['vote repeated to the same candidate'] += 1;
      }
      if (event.reason === 'voted for another') marks['second vote of a term refused'] += 1;
      if (event.reason === 'log is behind') marks['vote refused to a log that is behind'] += 1;
      break;
    case 'truncated': {
      const lost = node.log.lastIndex - event.fromIndex + 1;
      marks['follower truncates an entry'] += 1;
      if (lost >= 3) marks['follower truncates three entries or more'] += 1;
      if (node.log.membership.index >= event.fromIndex) {
        marks['membership rolled back by truncation'] += 1;
      }
      break;
    }
    case 'committed':
      noteCommitMarks(marks, ghost, { node, core }, event.commitIndex);
      break;
    case 'membership':
      if (event.committed) marks['membership change committed'] += 1;
      else if (core.role() === 'leader') notePromotion(marks, node, event.membership);
      break;
    case 'acknowledged':
      if (!ghost.founders.has(event.from) && event.matchIndex === node.log.lastIndex) {
        marks['server added and caught up'] += 1;
      }
      break;
    case 'snapshot-installed':
      marks['snapshot installed'] += 1;
      if (node.log.lastIndex > event.index) marks['snapshot installed over a longer log'] += 1;
      break;
    case 'transfer':
      if (event.state === 'abandoned') marks['transfer abandoned'] += 1;
      break;
    default:
      break;
  }
}

function notePromotion(marks: MarkCounts, node: NodeGhost, after: Membership): void {
  const before = node.log.membership.membership.members.filter((member) => !member.voter);
  const promoted = before.some(({ id }) => {
    return after.members.some((member) => member.id === id && member.voter);
  });
  if (promoted) marks['non-voter promoted'] += 1;
}

function noteRoleMarks(
  marks: MarkCounts,
  ghost: Ghost,
  { node, core }: Watched,
  event: Extract<TraceEvent, { readonly type: 'role' }>,
): void {
  if (event.role === 'follower') {
    if (event.reason.startsWith('lost')) marks['election lost'] += 1;
    if (node.role === 'leader') {
      const isDeposed = event.term > node.term;
      marks[isDeposed ? 'leader deposed by a higher term' : 'leader steps down without a quorum'] +=
        1;
    }
  }
  if (event.role === 'candidate') node.tookOver = event.reason.startsWith('handover');
  if (event.role !== 'leader') return;
  if (node.tookOver) marks['transfer completed'] += 1;
  let campaigning = 0;
  let preCampaigning = 0;
  for (const other of ghost.nodes.values()) {
    if (!other.isUp) continue;
    if (other.role === 'candidate') campaigning += 1;
    if (other.role === 'pre-candidate') preCampaigning += 1;
  }
  if (campaigning >= 2) marks['leader elected while two servers campaign'] += 1;
  if (preCampaigning >= 1) marks['leader elected while two servers pre-campaign'] += 1;
  if (node.log.lastIndex > ghost.committedIndex) {
    marks['leader elected with a log longer than the committed one'] += 1;
  }
  const voters = core.membership().members.filter((member) => member.voter);
  if (voters.length === 1) marks['single voter elects itself'] += 1;
}

function noteCommitMarks(
  marks: MarkCounts,
  ghost: Ghost,
  { node, core }: Watched,
  commitIndex: number,
): void {
  if (core.role() !== 'leader') return;
  const voters = core.membership().members.filter((member) => member.voter).length;
  if (voters % 2 === 0) marks['leader of an even cluster commits'] += 1;
  if (commitIndex > node.durable.lastIndex) marks['commit index waits for the own disk'] += 1;
  const first = ghost.committedIndex + 1;
  if (first <= commitIndex && core.termAt(first) !== core.term()) {
    marks['entry of an earlier term committed by one of this term'] += 1;
  }
}

/** What is remarkable about a Ready. */
export function noteReadyMarks(marks: MarkCounts, ready: Ready): void {
  const first = ready.append[0];
  if (
    ready.truncateFrom !== null &&
    first !== undefined &&
    first.firstIndex === ready.truncateFrom
  ) {
    const rest = ready.append[1];
    if (rest !== undefined && rest.term !== first.term) {
      marks['follower rewrites the left part of a run it cuts'] += 1;
    }
  }
  if (ready.fetches.length > 0) marks['entries fetched from the log store'] += 1;
  if (ready.trimThrough !== null) marks['log trimmed'] += 1;
  for (const message of ready.messages) {
    if (message.type !== 'AppendEntriesRequest') continue;
    if (message.runs.some((run) => run.firstIndex !== run.originalFirstIndex)) {
      marks['run split for sending'] += 1;
    }
  }
}
