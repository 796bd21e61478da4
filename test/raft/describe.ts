import { decodeMembership } from '../../node-engine/raft/membership-codec.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import type { Ready } from '../../node-engine/raft/ready.ts';
import type { TraceEvent } from '../../node-engine/raft/trace.ts';
import {
  isMembershipRun,
  lastIndexOf,
  RUN_KIND_MASK,
  RUN_NO_OP,
} from '../../node-engine/raft/types.ts';
import type { Membership, Run } from '../../node-engine/raft/types.ts';

/* How transcripts write down what the core says: one line each, indices plain, terms as t3. */

/** `3-5 t2 "abc"`, `6 t3 no-op`, `7 t3 members 1 2 3`. */
export function describeRun(run: Run): string {
  const last = lastIndexOf(run);
  const range = last === run.firstIndex ? `${last}` : `${run.firstIndex}-${last}`;
  return `${range} t${run.term} ${describeContent(run)}`;
}

function describeContent(run: Run): string {
  if ((run.flags & RUN_KIND_MASK) === RUN_NO_OP) return 'no-op';
  if (!isMembershipRun(run)) return `"${String.fromCharCode(...run.bytes)}"`;
  const membership = decodeMembership(run.bytes);
  return membership === null ? 'no membership' : `members ${describeMembers(membership)}`;
}

/** `1 2 3(non-voter) 4(joining)`. */
export function describeMembers(membership: Membership): string {
  const names = membership.members.map((member) => {
    if (member.voter) return member.id;
    return `${member.id}(${member.promote ? 'joining' : 'non-voter'})`;
  });
  return names.join(' ');
}

function describeRuns(runs: readonly Run[]): string {
  return `[${runs.map(describeRun).join(', ')}]`;
}

/** `1>2 AppendEntriesRequest t2 …`. */
export function describeMessage(message: Message): string {
  const { from, to, type, term } = message;
  return `${from}>${to} ${type} t${term}${describeFields(message)}`;
}

function describeFields(message: Message): string {
  switch (message.type) {
    case 'PreVoteRequest':
    case 'RequestVoteRequest': {
      const isTransfer = message.type === 'RequestVoteRequest' && message.leadershipTransfer;
      const last = ` last ${message.lastLogIndex}/t${message.lastLogTerm}`;
      return isTransfer ? `${last} transfer` : last;
    }
    case 'PreVoteResponse':
      return ` for t${message.requestTerm} ${message.granted ? 'granted' : 'refused'}`;
    case 'RequestVoteResponse':
      return message.granted ? ' granted' : ' refused';
    case 'AppendEntriesRequest': {
      const prev = ` prev ${message.prevLogIndex}/t${message.prevLogTerm}`;
      const runs = message.runs.length === 0 ? '' : ` ${describeRuns(message.runs)}`;
      return `${prev}${runs} commit ${message.leaderCommit}${describeRound(message)}`;
    }
    case 'AppendEntriesResponse': {
      const hint = ` hint ${message.hintIndex}/t${message.hintTerm}`;
      const answer = message.success ? 'yes' : 'no';
      return ` ${answer} ${message.matchIndex}${message.success ? '' : hint}${describeRound(message)}`;
    }
    case 'InstallSnapshotRequest': {
      const { snapshot, offset, data, done } = message;
      const name = ` ${snapshot.lastIncludedIndex}/t${snapshot.lastIncludedTerm}`;
      return `${name} bytes ${offset}-${offset + data.length}${done ? ' done' : ''}`;
    }
    case 'InstallSnapshotResponse': {
      const { installed, matchIndex, lastIncludedIndex, nextOffset } = message;
      const state = installed ? `installed match ${matchIndex}` : `wants byte ${nextOffset}`;
      return ` ${lastIncludedIndex} ${state}`;
    }
    case 'TimeoutNow':
      return '';
    // Read numbers begin at random, so transcripts leave them out.
    case 'ReadIndexRequest':
      return '';
    case 'ReadIndexResponse':
      return message.ok ? ` index ${message.readIndex}` : ' refused';
  }
}

function describeRound(message: { readonly readRound: number }): string {
  return message.readRound === 0 ? '' : ` round ${message.readRound}`;
}

/** What a Ready wants written, in the order it is written; null when nothing. */
export function describeWrite(ready: Ready): string | null {
  if (!ready.mustPersist) return null;
  const parts: string[] = [];
  const { hardState, install, truncateFrom, append, trimThrough } = ready;
  if (hardState !== null) {
    const vote = hardState.votedFor ?? 'nobody';
    parts.push(`t${hardState.term} vote ${vote} commit ${hardState.commitIndex}`);
  }
  if (install !== null) parts.push(`install ${install.lastIncludedIndex}`);
  if (truncateFrom !== null) parts.push(`truncate from ${truncateFrom}`);
  if (append.length > 0) parts.push(`append ${describeRuns(append)}`);
  if (trimThrough !== null) parts.push(`trim through ${trimThrough}`);
  return parts.join('; ');
}

/** One line of what the core tells; null for what the messages say already. */
export function describeTrace(event: TraceEvent): string | null {
  switch (event.type) {
    case 'role':
      return `${event.role} t${event.term} (${event.reason})`;
    case 'leader':
      return `follows ${event.leaderId ?? 'nobody'} t${event.term}`;
    case 'vote-answered':
      return event.granted
        ? null
        : `refuses ${event.preVote ? 'pre-vote' : 'vote'} to ${event.candidate}: ${event.reason}`;
    case 'truncated':
      return `cuts from ${event.fromIndex}`;
    case 'committed':
      return `commits ${event.commitIndex}`;
    case 'membership':
      return (
        `membership ${event.index}: ${describeMembers(event.membership)}` +
        (event.committed ? ' (committed)' : '')
      );
    case 'snapshot-installed':
      return `installs snapshot ${event.index}/t${event.term}`;
    case 'transfer':
      return `handover to ${event.to} ${event.state}`;
    case 'follower-lost-entries':
      return `${event.from} has lost entries up to ${event.matchIndex}`;
    case 'ignored':
      return `ignores ${event.message} of ${event.from}: ${event.reason}`;
    case 'vote-requested':
    case 'vote-received':
    case 'appended':
    case 'acknowledged':
    case 'sent':
    case 'snapshot-sent':
      return null;
  }
}
