import type { NodeId } from '../raft/types.ts';
import type { HelloRefusal, HelloRequest, PeerIdentity } from './hello.ts';
import type { IncomingLink } from './incoming-link.ts';

/** A cluster that wants a waiting node. */
export interface JoinOffer {
  readonly clusterId: string;
  /** The id under which the cluster knows this node. */
  readonly nodeId: NodeId;
  readonly from: PeerIdentity;
}

/**
 * Asks a waiting node whether it joins. `done(null)` when the cluster's id is durable here and the
 * node's identity says so; else why not.
 */
export type JoinHandler = (offer: JoinOffer, done: (refusal: string | null) => void) => void;

/** A second link under one id is a conflict only while the first is alive. */
const CONFLICT_MS = 3_000;

/** Decides who may send to this node, among those who have proven that they know the secret. */
export class Admission {
  readonly #identity: () => PeerIdentity | null;
  readonly #liveLink: (id: NodeId) => IncomingLink | undefined;
  readonly #onJoin: JoinHandler | null;
  #joining = false;

  constructor(parts: {
    readonly identity: () => PeerIdentity | null;
    /** The link that a peer has open now. */
    readonly liveLink: (id: NodeId) => IncomingLink | undefined;
    /** Never called again before its `done`. */
    readonly onJoin: JoinHandler | null;
  }) {
    this.#identity = parts.identity;
    this.#liveLink = parts.liveLink;
    this.#onJoin = parts.onJoin;
  }

  /** Calls `done` with null, or with why not; later, when the node has to join first. */
  decide(hello: HelloRequest, done: (refusal: HelloRefusal | null) => void): void {
    const own = this.#identity();
    if (own === null || hello.purpose === 'probe') {
      done(null);
      return;
    }
    const refusal = this.#refusalOf(hello, own);
    if (refusal !== null || own.clusterId !== '') done(refusal);
    else this.#join(hello, done);
  }

  #refusalOf(hello: HelloRequest, own: PeerIdentity): HelloRefusal | null {
    const { from, targetId } = hello;
    if (from.clusterId === '' || from.nodeId === '') {
      return { code: 'wrong-cluster', text: 'the dialling node is in no cluster yet' };
    }
    if (own.clusterId !== '' && from.clusterId !== own.clusterId) {
      const text = `this node belongs to cluster ${own.clusterId}, not ${from.clusterId}`;
      return { code: 'wrong-cluster', text };
    }
    if (own.nodeId !== '' && targetId !== own.nodeId) {
      return { code: 'wrong-node', text: `this is node ${own.nodeId}, not node ${targetId}` };
    }
    if (from.nodeId === targetId) {
      return { code: 'id-conflict', text: `both sides say they are node ${targetId}` };
    }
    const live = this.#liveLink(from.nodeId);
    if (
      live !== undefined &&
      live.peerAddress !== from.peerAddress &&
      performance.now() - live.stream.receivedMs < CONFLICT_MS
    ) {
      const text = `node ${from.nodeId} is already connected from ${live.peerAddress}`;
      return { code: 'id-conflict', text };
    }
    return null;
  }

  /** A cluster wants this waiting node. */
  #join(hello: HelloRequest, done: (refusal: HelloRefusal | null) => void): void {
    const { clusterId } = hello.from;
    if (hello.targetVoter) {
      const text =
        `node ${hello.targetId} was a voter of cluster ${clusterId} and has no data here; ` +
        'remove it from the cluster and add it again under a new id';
      done({ code: 'lost-state', text });
      return;
    }
    const onJoin = this.#onJoin;
    if (onJoin === null || this.#joining) {
      const text = onJoin === null ? 'this node joins no cluster' : 'this node is joining now';
      done({ code: 'not-accepted', text });
      return;
    }
    this.#joining = true;
    onJoin({ clusterId, nodeId: hello.targetId, from: hello.from }, (refusal) => {
      this.#joining = false;
      const own = this.#identity();
      if (refusal !== null) {
        done({ code: 'not-accepted', text: refusal });
      } else if (own?.clusterId !== clusterId || own.nodeId !== hello.targetId) {
        done({ code: 'not-accepted', text: 'this node has joined otherwise' });
      } else {
        done(null);
      }
    });
  }
}
