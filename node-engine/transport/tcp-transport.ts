import type { Socket } from 'node:net';

import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import { Admission, type JoinHandler } from './admission.ts';
import { dial, type OpenSocket } from './dial.ts';
import {
  type HelloRefusal,
  type HelloRequest,
  type PeerIdentity,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  type RefusalCode,
} from './hello.ts';
import { type IncomingHost, IncomingLink } from './incoming-link.ts';
import { TRANSPORT_LIMITS, type TransportLimits } from './limits.ts';
import type { LinkDirection, LinkFaults } from './link-faults.ts';
import { type LinkHost, OutgoingLink } from './outgoing-link.ts';
import { PeerStream } from './peer-stream.ts';
import { recogniseHello } from './recognise-hello.ts';
import type {
  LinkStatus,
  PeerAddress,
  PeerHello,
  Transport,
  TransportEvents,
} from './transport.ts';

/** So much of the keepalive interval after the last signs of life the next go along with messages. */
const TICK_ALONG = 0.9;

/** Something about a link that an operator may want to know; for the log. */
export interface TransportNotice {
  readonly kind:
    | 'peer-refused'
    /** Not now: it comes again by itself. */
    | 'peer-put-off'
    | 'peer-protocol-error'
    | 'peer-connected'
    | 'peer-disconnected';
  /** The peer's id where it is known. */
  readonly peer: NodeId | null;
  readonly remoteAddress: string;
  readonly text: string;
}

/** What a transport is made of. */
export interface TcpTransportOptions {
  /**
   * Who this node is now; it changes when a waiting node joins. Null until the node knows: then it
   * neither dials nor lets anybody in.
   */
  readonly identity: () => PeerIdentity | null;
  /** The cluster secret. It is never sent. */
  readonly secret: Uint8Array;
  readonly events: TransportEvents;
  /** Opens connections to peers; plain ones unless given. */
  readonly openSocket?: OpenSocket | null;
  /** The node that a connection's certificate is for; null when it says none. */
  readonly certifiedNode?: (socket: Socket) => NodeId | null;
  /** Addresses to dial instead of a peer's own, by id. */
  readonly dial?: ReadonlyMap<NodeId, string>;
  /** For a node that may wait for a cluster; never called again before its `done`. */
  readonly onJoin?: JoinHandler;
  readonly onNotice?: (notice: TransportNotice) => void;
  readonly faults?: LinkFaults;
  readonly limits?: Partial<TransportLimits>;
  /** Evenly distributed in [0, 1). */
  readonly random?: () => number;
  /** This node's wall clock, Unix milliseconds; the system's unless given. */
  readonly wallMs?: () => number;
}

/** Why a probe learnt nothing; the message is the cause alone. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly code: RefusalCode | 'unreachable';

  constructor(code: RefusalCode | 'unreachable', message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Links to peers over TCP. Each node dials every peer, and a link carries messages one way only,
 * from the node that dialled it: so each direction has its own connection, and neither side has to
 * agree with the other on whose connection counts.
 *
 * Incoming connections are recognised on the client port by `sniffer`.
 */
export class TcpTransport implements Transport, LinkHost, IncomingHost {
  readonly limits: TransportLimits;
  readonly secret: Uint8Array;
  readonly faults: LinkFaults | null;
  readonly random: () => number;
  readonly openSocket: OpenSocket | null;
  /** For the listener: takes the connections that begin with a peer's hello. */
  readonly sniffer = {
    name: 'peer',
    recognise: recogniseHello,
    take: (socket: Socket, first: Uint8Array): void => {
      this.accept(socket, first);
    },
  };
  /** Links that ended because the peer broke the protocol. */
  protocolErrors = 0;

  readonly #options: TcpTransportOptions;
  readonly #admission: Admission;
  readonly #outgoing = new Map<NodeId, OutgoingLink>();
  /** Dialled this node and are no members yet: answered for as long as their own link is up. */
  readonly #callers = new Set<NodeId>();
  /** Links that peers have dialled, the newest per peer. */
  readonly #incoming = new Map<NodeId, IncomingLink>();
  /** In the middle of a hello, by arrival. */
  readonly #hellos = new Set<IncomingLink>();
  readonly #receivedBefore = new Map<NodeId, number>();
  readonly #probes = new Set<() => void>();
  readonly #interval: NodeJS.Timeout;
  #toFlush: OutgoingLink[] = [];
  #lastTickMs = performance.now();
  #closed = false;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.limits = { ...TRANSPORT_LIMITS, ...options.limits };
    this.secret = options.secret;
    this.openSocket = options.openSocket ?? null;
    this.faults = options.faults ?? null;
    this.random = options.random ?? Math.random;
    this.#admission = new Admission({
      identity: options.identity,
      liveLink: (id) => this.#incoming.get(id),
      onJoin: options.onJoin ?? null,
    });
    this.#interval = setInterval(() => {
      this.#tick();
    }, this.limits.keepaliveMs);
    this.#interval.unref();
  }

  identity(): PeerIdentity | null {
    return this.#options.identity();
  }

  send(message: Message): void {
    this.#outgoing.get(message.to)?.send(message);
  }

  setPeers(peers: readonly PeerAddress[]): void {
    if (this.#closed) return;
    const self = this.identity()?.nodeId;
    const wanted = new Map(peers.filter(({ id }) => id !== self).map((peer) => [peer.id, peer]));
    for (const [id, link] of this.#outgoing) {
      if (wanted.has(id) || this.#callers.has(id)) continue;
      this.#outgoing.delete(id);
      link.close('the peer is not a member any more');
    }
    for (const [id, peer] of wanted) {
      this.#callers.delete(id);
      const link = this.#outgoing.get(id);
      if (link === undefined) this.#outgoing.set(id, new OutgoingLink(peer, this));
      else link.update(peer);
    }
  }

  links(): readonly LinkStatus[] {
    return [...this.#outgoing.values()].map((link) => ({
      id: link.id,
      connected: link.connected,
      lastError: link.lastError,
      sentMessages: link.sentMessages,
      receivedMessages:
        (this.#receivedBefore.get(link.id) ?? 0) +
        (this.#incoming.get(link.id)?.receivedMessages ?? 0),
      droppedMessages: link.droppedMessages,
      clock: link.clockOffset(),
    }));
  }

  flush(): void {
    const links = this.#toFlush;
    this.#toFlush = [];
    // Along with messages, so that an idle node is not woken for signs of life alone: neither this one
    // nor those it talks to.
    const sinceMs = performance.now() - this.#lastTickMs;
    if (links.length > 0 && sinceMs > this.limits.keepaliveMs * TICK_ALONG) {
      this.#tick();
      this.#interval.refresh();
    }
    for (const link of links) link.flush();
  }

  /**
   * Asks who is at an address, without joining anything. Rejects with a ProbeError.
   *
   * @param timeoutMs to reach it and to hear its whole answer
   */
  probe(address: string, timeoutMs = this.limits.helloMs): Promise<PeerHello> {
    const from = this.identity();
    if (from === null)
      return Promise.reject(new ProbeError('unreachable', 'this node is starting'));
    return new Promise((resolve, reject) => {
      const request = {
        address,
        secret: this.secret,
        from,
        purpose: 'probe' as const,
        targetId: '',
        targetVoter: false,
        openSocket: this.openSocket,
        certifiedNode: this.#options.certifiedNode ?? noCertificate,
        timeoutMs,
      };
      const cancel = dial(request, (result) => {
        this.#probes.delete(stop);
        if (result.ok) {
          result.stream.close('the probe is done');
          const protocol = { protocolMin: PROTOCOL_MIN, protocolMax: PROTOCOL_MAX };
          resolve({ ...result.identity, ...protocol });
        } else {
          reject(new ProbeError(result.code, result.reason));
        }
      });
      const stop = (): void => {
        cancel();
        reject(new ProbeError('unreachable', 'this node is shutting down'));
      };
      this.#probes.add(stop);
    });
  }

  /** Lets go what faults hold back on a link, because a fault there has ended. */
  releaseDelayed(peer: NodeId, direction: LinkDirection): void {
    if (direction === 'out') this.#outgoing.get(peer)?.releaseDelayed();
    else this.#incoming.get(peer)?.releaseDelayed();
  }

  /** Takes a connection that begins with a hello. */
  accept(socket: Socket, first: Uint8Array): void {
    if (this.#closed) {
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    if (this.#hellos.size >= this.limits.hellosMax) {
      const [oldest] = this.#hellos;
      oldest?.stream.close('too many peers are saying hello');
    }
    const stream = new PeerStream(socket);
    const certified = this.#options.certifiedNode?.(socket) ?? null;
    this.#hellos.add(new IncomingLink(stream, this, certified));
    stream.receive(first);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#interval);
    for (const link of this.#outgoing.values()) link.close('this node is shutting down');
    for (const link of [...this.#incoming.values(), ...this.#hellos]) {
      link.stream.close('this node is shutting down');
    }
    for (const stop of [...this.#probes]) stop();
    this.#probes.clear();
  }

  // What the links call.

  dialAddress(peer: PeerAddress): string {
    return this.#options.dial?.get(peer.id) ?? peer.peerAddress;
  }

  flushLater(link: OutgoingLink): void {
    if (this.#toFlush.length === 0) {
      process.nextTick(() => {
        this.flush();
      });
    }
    this.#toFlush.push(link);
  }

  wallMs(): number {
    return this.#options.wallMs?.() ?? Date.now();
  }

  linkChanged(peer: NodeId, connected: boolean, reason: string): void {
    if (!this.#closed) this.#options.events.onLink(peer, connected, reason);
  }

  received(message: Message): void {
    if (!this.#closed) this.#options.events.onMessage(message);
  }

  admit(hello: HelloRequest, done: (refusal: HelloRefusal | null) => void): void {
    this.#admission.decide(hello, done);
  }

  opened(link: IncomingLink): void {
    this.#hellos.delete(link);
    const before = this.#incoming.get(link.peerId);
    this.#incoming.set(link.peerId, link);
    before?.stream.close('replaced by a newer link');
    this.#notice('peer-connected', link, '');
    const back = this.#outgoing.get(link.peerId);
    if (back !== undefined) {
      back.peerIsThere();
      return;
    }
    const { peerId: id, peerAddress } = link;
    this.#callers.add(id);
    this.#outgoing.set(id, new OutgoingLink({ id, peerAddress, voter: false }, this));
  }

  closed(link: IncomingLink, reason: string, refusal: HelloRefusal | null): void {
    this.#hellos.delete(link);
    const { peerId } = link;
    if (peerId !== '') {
      const count = (this.#receivedBefore.get(peerId) ?? 0) + link.receivedMessages;
      this.#receivedBefore.set(peerId, count);
      if (this.#incoming.get(peerId) === link) {
        this.#incoming.delete(peerId);
        this.#forgetCaller(peerId, reason);
      }
    }
    if (refusal !== null) {
      const kind = refusal.code === 'not-accepted' ? 'peer-put-off' : 'peer-refused';
      this.#notice(kind, link, refusal.text);
    } else if (reason.startsWith('protocol error')) {
      this.protocolErrors++;
      this.#notice('peer-protocol-error', link, reason);
    } else if (peerId !== '') {
      this.#notice('peer-disconnected', link, reason);
    }
  }

  /** A caller that is no member is answered no longer than it is there. */
  #forgetCaller(peer: NodeId, reason: string): void {
    if (!this.#callers.delete(peer)) return;
    this.#outgoing.get(peer)?.close(reason);
    this.#outgoing.delete(peer);
  }

  #tick(): void {
    const nowMs = performance.now();
    const lateMs = nowMs - this.#lastTickMs - this.limits.keepaliveMs;
    this.#lastTickMs = nowMs;
    const links = [...this.#incoming.values()];
    if (lateMs > this.limits.keepaliveMs) {
      // This process stood still; what peers sent meanwhile is still in the sockets.
      for (const link of links) link.stream.receivedMs = nowMs;
      for (const link of this.#outgoing.values()) link.forgiveSilence(nowMs);
    }
    for (const link of links) link.tick(nowMs);
    for (const link of this.#outgoing.values()) link.tick(nowMs);
  }

  #notice(kind: TransportNotice['kind'], link: IncomingLink, text: string): void {
    const peer = link.peerId === '' ? null : link.peerId;
    this.#options.onNotice?.({ kind, peer, remoteAddress: link.stream.remoteAddress, text });
  }
}

function ignore(): void {
  return;
}

function noCertificate(): null {
  return null;
}
