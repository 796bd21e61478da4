import type { Role } from './ready.ts';
import type { LogIndex, Membership, NodeId, Term } from './types.ts';
import type { MessageType } from './message.ts';

/**
 * What the core tells an observer. Emitting changes nothing in the core. `RAFT WATCH EVENTS` sends
 * these on, with the node's own sequence number and time added by the driver.
 */
export type TraceEvent =
  | {
      readonly type: 'role';
      readonly role: Role;
      readonly term: Term;
      readonly leaderId: NodeId | null;
      /** Why, in a few words: 'election timeout', 'higher term from 2', 'won election' … */
      readonly reason: string;
    }
  | { readonly type: 'leader'; readonly term: Term; readonly leaderId: NodeId | null }
  | {
      readonly type: 'vote-requested';
      readonly term: Term;
      readonly preVote: boolean;
      readonly from: NodeId;
      readonly to: NodeId;
    }
  | {
      readonly type: 'vote-answered';
      readonly term: Term;
      readonly preVote: boolean;
      readonly candidate: NodeId;
      readonly granted: boolean;
      /** Why it was refused, or 'granted'. */
      readonly reason: string;
    }
  | {
      readonly type: 'vote-received';
      readonly term: Term;
      readonly preVote: boolean;
      readonly from: NodeId;
      readonly granted: boolean;
      readonly votes: number;
      readonly needed: number;
    }
  | {
      readonly type: 'appended';
      readonly firstIndex: LogIndex;
      readonly lastIndex: LogIndex;
      readonly term: Term;
    }
  | { readonly type: 'truncated'; readonly fromIndex: LogIndex }
  | { readonly type: 'committed'; readonly commitIndex: LogIndex; readonly term: Term }
  | {
      readonly type: 'sent';
      readonly message: MessageType;
      readonly to: NodeId;
      readonly entries: number;
    }
  | {
      /** A follower refuses what it had acknowledged: its disk has lost it. */
      readonly type: 'follower-lost-entries';
      readonly from: NodeId;
      readonly matchIndex: LogIndex;
    }
  | { readonly type: 'acknowledged'; readonly from: NodeId; readonly matchIndex: LogIndex }
  | {
      readonly type: 'membership';
      readonly index: LogIndex;
      readonly membership: Membership;
      readonly committed: boolean;
    }
  | {
      readonly type: 'snapshot-sent';
      readonly to: NodeId;
      readonly index: LogIndex;
      readonly offset: number;
      readonly sizeBytes: number;
    }
  | { readonly type: 'snapshot-installed'; readonly index: LogIndex; readonly term: Term }
  | {
      /** A message that no correct server sends; it was left alone. */
      readonly type: 'ignored';
      readonly message: MessageType;
      readonly from: NodeId;
      readonly reason: string;
    }
  | {
      readonly type: 'transfer';
      readonly to: NodeId;
      readonly state: 'started' | 'abandoned' | 'done';
    };

/** Receives trace events; must not call back into the core. */
export type TraceSink = (event: TraceEvent) => void;
