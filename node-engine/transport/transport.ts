import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import type { ClockOffset } from './clock-exchange.ts';

/** What the transport needs to know of a peer; a `Member` will do. */
export interface PeerAddress {
  readonly id: NodeId;
  /** `host:port` to dial; `--dial` may replace it. */
  readonly peerAddress: string;
  /** A voter that has lost its log must not be taken for a new node. */
  readonly voter: boolean;
}

/** What one node tells another when a link opens; checked before any Raft message is taken. */
export interface PeerHello {
  /** Empty while the node waits to be taken into a cluster. */
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly peerAddress: string;
  readonly clientAddress: string;
  readonly protocolMin: number;
  readonly protocolMax: number;
}

/** The state of one peer link, for status. */
export interface LinkStatus {
  readonly id: NodeId;
  /** Whether messages to the peer leave now. Those from it come on a link that it keeps. */
  readonly connected: boolean;
  /** Why the last attempt failed, or null. */
  readonly lastError: string | null;
  readonly sentMessages: number;
  readonly receivedMessages: number;
  /** Messages to the peer that were lost here: no link, a full queue, or a fault in force. */
  readonly droppedMessages: number;
  /** How far the peer's wall clock is from this node's; null while that is not known. */
  readonly clock: ClockOffset | null;
}

/**
 * Carries Raft messages between nodes. Best effort and bounded: a message may be lost, never
 * altered and never delivered to another node than `to`; per link, order is kept.
 */
export interface Transport {
  /** Queues a message; drops it when the link is down or its queue is full. Never blocks. */
  send(message: Message): void;
  /** Hands what is queued to the network now. It happens by itself at the end of every turn. */
  flush(): void;
  /** The peers to keep links to. Links to others are closed. */
  setPeers(peers: readonly PeerAddress[]): void;
  links(): readonly LinkStatus[];
  close(): void;
}

/** What the transport calls back. */
export interface TransportEvents {
  /** A message whose `from` is the authenticated peer and whose `to` is this node. */
  readonly onMessage: (message: Message) => void;
  /** A link to a peer opened, closed, or cannot be opened for another reason than before. */
  readonly onLink: (peer: NodeId, connected: boolean, reason: string) => void;
}
