import type { Message } from '../../node-engine/raft/message.ts';
import { listen, type RespServer } from '../../node-engine/server/listener.ts';
import type { PeerIdentity } from '../../node-engine/transport/hello.ts';
import {
  TcpTransport,
  type TcpTransportOptions,
  type TransportNotice,
} from '../../node-engine/transport/tcp-transport.ts';
import type { LinkStatus, PeerAddress } from '../../node-engine/transport/transport.ts';

export const SECRET = Buffer.from('the secret of the cluster');

/** One end of the links under test: a transport behind a real port. */
export class TestNode {
  readonly received: Message[] = [];
  readonly links: string[] = [];
  readonly notices: TransportNotice[] = [];
  identity: PeerIdentity;
  /** False until the node has read its own data. */
  knowsItself = true;
  readonly transport: TcpTransport;
  readonly server: RespServer;

  private constructor(
    id: string,
    clusterId: string,
    server: RespServer,
    holder: { transport: TcpTransport | null },
    options: Partial<TcpTransportOptions>,
  ) {
    this.server = server;
    this.identity = {
      clusterId,
      nodeId: id,
      peerAddress: `127.0.0.1:${server.port}`,
      clientAddress: `127.0.0.1:${server.port}`,
    };
    this.transport = new TcpTransport({
      identity: () => (this.knowsItself ? this.identity : null),
      secret: SECRET,
      events: {
        onMessage: (message) => this.received.push(message),
        onLink: (peer, connected, reason) => this.links.push(`${peer} ${connected} ${reason}`),
      },
      onNotice: (notice) => this.notices.push(notice),
      ...options,
      limits: { backOffMinMs: 5, backOffMaxMs: 20, ...options.limits },
    });
    holder.transport = this.transport;
  }

  static async start(
    id: string,
    options: Partial<TcpTransportOptions> & {
      readonly clusterId?: string;
      readonly port?: number;
    } = {},
  ): Promise<TestNode> {
    // The port is known only when the server listens, and the transport's identity names it.
    const holder: { transport: TcpTransport | null } = { transport: null };
    const server = await listen({
      host: '127.0.0.1',
      port: options.port ?? 0,
      sniffers: [
        {
          name: 'peer',
          recognise: (first) => holder.transport?.sniffer.recognise(first) ?? 'no',
          take: (socket, first) => holder.transport?.sniffer.take(socket, first),
        },
      ],
      onCommands: (connection, batch) => {
        for (let i = 0; i < batch.count; i++) connection.reply('a client');
      },
    });
    const { clusterId = 'cluster-1', port: _port, ...rest } = options;
    return new TestNode(id, clusterId, server, holder, rest);
  }

  get port(): number {
    return this.server.port;
  }

  /** As another node's membership has this one. */
  member(voter = true): PeerAddress {
    return { id: this.identity.nodeId, peerAddress: this.identity.peerAddress, voter };
  }

  link(id: string): LinkStatus | undefined {
    return this.transport.links().find((link) => link.id === id);
  }

  async stop(): Promise<void> {
    this.transport.close();
    await this.server.close({ drainMs: 0 });
  }
}
