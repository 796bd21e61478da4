import type {
  AppendEntriesRequest,
  AppendEntriesResponse,
  Message,
  MessageType,
  RequestVoteRequest,
} from '../../node-engine/raft/message.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

/* Messages for tests that put words into a peer's mouth. Fields left out are harmless. */

/** A run of commands of one byte each. */
export function run(firstIndex: number, term: number, text: string): Run {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const position = { firstIndex, originalFirstIndex: firstIndex, count: bytes.length, term };
  return { ...position, timeNs: 0n, seed: 0n, flags: RUN_COMMANDS, bytes };
}

/** AppendEntries from server 2 to server 1. */
export function appendEntries(
  fields: Pick<AppendEntriesRequest, 'term'> & Partial<AppendEntriesRequest>,
): AppendEntriesRequest {
  return {
    type: 'AppendEntriesRequest',
    from: '2',
    to: '1',
    prevLogIndex: 0,
    prevLogTerm: 0,
    runs: [],
    leaderCommit: 0,
    readRound: 0,
    ...fields,
  };
}

/** An acknowledgement from server 2 to server 1. */
export function appended(
  fields: Pick<AppendEntriesResponse, 'term' | 'matchIndex'> & Partial<AppendEntriesResponse>,
): AppendEntriesResponse {
  return {
    type: 'AppendEntriesResponse',
    from: '2',
    to: '1',
    success: true,
    hintIndex: 0,
    hintTerm: 0,
    readRound: 0,
    ...fields,
  };
}

/** A vote request from server 2 to server 1. */
export function requestVote(
  fields: Pick<RequestVoteRequest, 'term'> & Partial<RequestVoteRequest>,
): RequestVoteRequest {
  return {
    type: 'RequestVoteRequest',
    from: '2',
    to: '1',
    lastLogIndex: 100,
    lastLogTerm: fields.term - 1,
    leadershipTransfer: false,
    ...fields,
  };
}

/** The only message of its kind in a list. */
export function only<T extends MessageType>(
  messages: readonly Message[],
  type: T,
): Extract<Message, { readonly type: T }> {
  const found = messages.filter(
    (message): message is Extract<Message, { readonly type: T }> => message.type === type,
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} messages of kind ${type}`);
  }
  return first;
}
