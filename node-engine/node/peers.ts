import { connect } from 'node:tls';

import type { NodeId } from '../raft/types.ts';
import type { Sniffer } from '../server/sniffer.ts';
import type { JoinOffer } from '../transport/admission.ts';
import type { LinkDirection } from '../transport/link-faults.ts';
import type { OpenSocket } from '../transport/dial.ts';
import { ProbeError, TcpTransport } from '../transport/tcp-transport.ts';
import type { TransportNotice } from '../transport/tcp-transport.ts';
import type { PeerHello, Transport } from '../transport/transport.ts';
import type { Node } from './node.ts';
import { certifiedNodeOf, peerCertificateProblem } from './tls/node-certificate.ts';
import type { TlsIdentity } from './tls/tls-identity.ts';
import type { NodeOptions } from './node-options.ts';
import type { DriverClock } from './driver-ports.ts';
import type { FaultSwitchboard } from './faults/fault-switchboard.ts';

/**
 * The node's links to its peers. They exist before the node does, because the port is opened first;
 * until `open` nobody is let in.
 */
export class Peers {
  readonly #options: NodeOptions;
  readonly #transport: TcpTransport;
  readonly #isTls: boolean;
  #node: Node | null = null;
  /** `open` was called, or `close` instead. */
  readonly #opened: Promise<void>;
  #resolveOpened: () => void = () => undefined;

  /** @param tls what the node shows of itself; null speaks in the clear */
  constructor(
    options: NodeOptions,
    faults: FaultSwitchboard | null,
    tls: TlsIdentity | null,
    clock: DriverClock,
  ) {
    const wallClock = faults?.clock ?? clock;
    this.#options = options;
    this.#isTls = tls !== null;
    this.#opened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
    this.#transport = new TcpTransport({
      identity: () => {
        const node = this.#node;
        if (node === null) return null;
        const { peerAddress, clientAddress } = node.settings;
        return { clusterId: node.clusterId(), nodeId: options.id, peerAddress, clientAddress };
      },
      secret: options.secret,
      dial: options.dial,
      openSocket: tls === null ? null : tlsOpener(tls),
      certifiedNode: certifiedNodeOf,
      ...(faults === null ? {} : { faults: faults.links }),
      wallMs: () => Number(wallClock.wallNs() / 1_000_000n),
      events: {
        onMessage: (message) => {
          this.#node?.driver.receive(message);
        },
        onLink: (peer, connected, reason) => {
          this.#node?.note('link', { peer, connected, reason });
          if (!connected) this.#node?.driver.linkClosed(peer);
        },
      },
      onJoin: (offer, done) => {
        this.#join(offer, done);
      },
      onNotice: (notice) => {
        this.#log(notice);
      },
    });
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** What recognises a peer's hello on the one port. */
  get sniffers(): readonly Sniffer[] {
    const { name, recognise, take } = this.#transport.sniffer;
    if (!this.#isTls) return [this.#transport.sniffer];
    // Clients may come without a certificate; who says that it is a peer may not.
    const checked: Sniffer = {
      name,
      recognise,
      take: (socket, first) => {
        const problem = peerCertificateProblem(socket);
        if (problem === null) {
          take(socket, first);
          return;
        }
        this.#options.log('warning', `peer refused: ${socket.remoteAddress ?? ''}: ${problem}`);
        socket.on('error', () => undefined);
        socket.destroy();
      },
    };
    return [checked];
  }

  /** Lets peers in. */
  open(node: Node): void {
    this.#node = node;
    this.#resolveOpened();
  }

  /**
   * Dials an address and learns who is there; rejects with the cause. A node that has just founded its
   * cluster answers clients some milliseconds before the cluster's id is on its disk, and has no name
   * to give to others until then.
   */
  async probe(address: string): Promise<PeerHello> {
    await this.#opened;
    if (this.#node === null) throw new ProbeError('unreachable', 'this node is shutting down');
    return this.#transport.probe(address);
  }

  /** Lets go what a fault that has ended holds back. */
  releaseDelayed(peer: NodeId, direction: LinkDirection): void {
    this.#transport.releaseDelayed(peer, direction);
  }

  close(): void {
    this.#transport.close();
    this.#resolveOpened();
  }

  /** A cluster has committed this waiting node as a member and wants to send it the log. */
  #join(offer: JoinOffer, done: (refusal: string | null) => void): void {
    const node = this.#node;
    if (node === null) {
      done('this node is still starting');
      return;
    }
    node.adoptCluster(offer.clusterId).then(
      () => {
        this.#options.log('notice', `taken into cluster ${offer.clusterId}`);
        done(null);
      },
      (error: unknown) => {
        done(`its cluster could not be recorded: ${String(error)}`);
      },
    );
  }

  #log({ kind, peer, remoteAddress, text }: TransportNotice): void {
    const level = kind === 'peer-refused' || kind === 'peer-protocol-error' ? 'warning' : 'verbose';
    const name = peer === null ? remoteAddress : `node ${peer} at ${remoteAddress}`;
    this.#options.log(
      level,
      `${kind.replaceAll('-', ' ')}: ${name}${text === '' ? '' : `: ${text}`}`,
    );
  }
}

/** Opens connections to peers over TLS, each with the certificate that is in force then. */
function tlsOpener(tls: TlsIdentity): OpenSocket {
  return (target, peer, opened) => {
    const options = { ...target, noDelay: true, ...tls.dialOptions(peer === '' ? null : peer) };
    return connect(options, opened);
  };
}
