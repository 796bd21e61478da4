import { createHash } from 'node:crypto';
import { StorageError } from '../log/log-store.ts';
import { commandOffset } from '../resp/command-run.ts';
import type { LocalClientOptions, LocalConnection } from '../machine/node-handle.ts';
import type { Role } from '../raft/ready.ts';
import type { Reply } from '../resp/value.ts';
import { ListenError, RespServer, type ServerOptions } from '../server/listener.ts';
import type { Service, ServiceHost } from '../services/service.ts';
import type { NodeStorage } from '../snapshot/node-storage.ts';
import { nodeCredentials } from './auth/users.ts';
import { ClientDesk } from './client-desk.ts';
import { dialectOf } from './dialect/dialect.ts';
import { Dispatcher } from './dispatcher.ts';
import { FaultSwitchboard } from './faults/fault-switchboard.ts';
import { foundCluster, holdsData, mayFound, refuseOtherAddress } from './found-cluster.ts';
import { joinCluster } from './join.ts';
import { Node } from './node.ts';
import { NodeStartError, type Logger, type NodeOptions, type RunningNode } from './node-options.ts';
import type { CommandObserver } from './observer.ts';
import { openOrRepair } from './open-storage.ts';
import { Peers } from './peers.ts';
import { RemoteNodes } from './remote-nodes.ts';
import { NodeClock } from './node-clock.ts';
import { logFeatures } from './start-lines.ts';
import { TlsIdentity } from './tls/tls-identity.ts';
import type { NodeStatus } from './status.ts';

const SECRET_BYTES_MIN = 16;
/** How long a leader that is closed waits for a successor. */
const HAND_OVER_MS = 1500;
/** Commands that an observer may leave waiting. */
const OBSERVED_MAX = 1024;
/** How long clients are given to take their last replies. */
const DRAIN_MS = 2000;

/**
 * Starts a node: opens its data, listens, and goes into its cluster. It resolves when the node
 * listens; elections, and joining where that was asked for, go on after that.
 *
 * @throws NodeStartError; then nothing was changed on disk but a fresh directory made
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  checkOptions(options);
  const assembly = new Assembly(options);
  try {
    await assembly.start();
    return assembly;
  } catch (error) {
    await assembly.abandon();
    throw asStartError(options, error);
  }
}

function checkOptions(options: NodeOptions): void {
  if (!/^[A-Za-z0-9._-]{1,40}$/u.test(options.id)) {
    throw new NodeStartError(
      'OPTIONS',
      'a node id is 1 to 40 letters, digits, dots, dashes or underscores',
    );
  }
  if (options.secret.length < SECRET_BYTES_MIN) {
    throw new NodeStartError('OPTIONS', 'the cluster secret must have at least 16 bytes');
  }
  if (options.electionTimeoutMinMs <= 2 * options.heartbeatIntervalMs) {
    throw new NodeStartError(
      'OPTIONS',
      'the election timeout must be more than twice the heartbeat interval',
    );
  }
}

function asStartError(options: NodeOptions, error: unknown): unknown {
  if (error instanceof ListenError) {
    const inUse = error.code === 'ADDRESS_IN_USE';
    return new NodeStartError(inUse ? 'ADDRESS_IN_USE' : 'ADDRESS', error.message, {
      cause: error,
    });
  }
  if (error instanceof StorageError) {
    const damaged = error.code === 'DAMAGED';
    return new NodeStartError(damaged ? 'DAMAGED' : 'DIRECTORY', error.message, { cause: error });
  }
  options.log('debug', `start failed: ${String(error)}`);
  return error;
}

/** The parts of one node as they come up and go down. */
class Assembly implements RunningNode, ServiceHost {
  readonly id: string;
  readonly directory: string;
  readonly log: Logger;
  readonly ended: Promise<{ readonly reason: string | null }>;
  readonly #options: NodeOptions;
  readonly #clock: NodeClock;
  readonly #faults: FaultSwitchboard | null;
  readonly #tls: TlsIdentity | null;
  readonly #remote: RemoteNodes;
  /** Carries what clients are answered from the leader in this node's place. */
  readonly #forwarding: RemoteNodes;
  readonly #services: readonly Service[];
  readonly #desk: ClientDesk;
  #resolveEnded: (end: { readonly reason: string | null }) => void = () => undefined;
  #server: RespServer | null = null;
  #storage: NodeStorage | null = null;
  #peers: Peers | null = null;
  #node: Node | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: NodeOptions) {
    this.id = options.id;
    this.directory = options.directory;
    this.log = options.log;
    this.#options = options;
    const credentials = options.users === null ? null : nodeCredentials(options.secret);
    this.#tls = options.tls === null ? null : new TlsIdentity(options.tls);
    this.#remote = new RemoteNodes({ credentials, protocol: 2, tls: this.#tls });
    this.#forwarding = new RemoteNodes({ credentials, protocol: 3, tls: this.#tls });
    this.#clock = new NodeClock(options.timeServer ?? null, options.log);
    this.#faults = options.faultsAllowed ? new FaultSwitchboard(options.id, this.#clock) : null;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#desk = new ClientDesk(options.log, {
      authenticates: options.users !== null,
      nextId: () => this.#server?.takeClientId() ?? 0,
    });
    this.#services = (options.services ?? []).map((make) => make(this));
  }

  get role(): Role {
    return this.#node?.role() ?? 'follower';
  }

  get hasUsers(): boolean {
    return this.#options.users !== null;
  }

  leader(): string | null {
    return this.#node?.leader()?.clientAddress ?? null;
  }

  status(): NodeStatus | null {
    return this.#node?.status() ?? null;
  }

  observe({ queueMax = OBSERVED_MAX }: { readonly queueMax?: number } = {}): CommandObserver {
    if (this.#node === null) throw new Error('the node is still starting');
    return this.#node.monitors.observe(queueMax);
  }

  connect(options: LocalClientOptions = {}): LocalConnection {
    return this.#desk.connect(options, this.address);
  }

  get address(): string {
    return addressOf(this.#options.host, this.#server?.port ?? 0);
  }

  async start(): Promise<void> {
    const options = this.#options;
    // The port first: it is free to give back, and a port in use must leave the directory alone.
    const peers = new Peers(options, this.#faults, this.#tls, this.#clock);
    this.#peers = peers;
    const server = this.#listen(peers);
    this.#server = server;
    await server.open();
    logFeatures(options, this.address);
    const kept = {
      backend: options.backend,
      directory: options.directory,
      identity: { clusterId: '', nodeId: options.id },
      durability: options.durability,
      machine: { name: options.machine.name, version: options.machine.version },
      offsetOfCommand: commandOffset,
      faults: this.#faults?.disk ?? null,
    };
    const warn = (text: string): void => options.log('warning', text);
    const storage = await openOrRepair(kept, warn);
    this.#storage = storage;
    for (const { name, fault } of storage.damagedSnapshots)
      warn(`snapshot ${name} is not used: ${fault}`);
    const { repair, mended } = storage.log;
    for (const text of mended) warn(text);
    if (repair !== null) {
      warn(
        `${repair.description}; it neither votes nor leads until its leader has sent the entries up ` +
          `to ${String(repair.untilIndex)} again`,
      );
    }
    const node = this.#makeNode(storage, peers);
    this.#node = node;
    for (const { name } of node.commands) {
      if (!node.machine.commands.has(name)) continue;
      warn(`clients get the node's own ${name}, not the machine's`);
    }
    const forward = this.#forwarder(node);
    const dispatcher = new Dispatcher(node, node.counters, node.commands, forward, this);
    this.#faults?.listen({
      changed: (fault, end) => {
        node.faultChanged(fault, end);
      },
      released: (peer, direction) => {
        peers.releaseDelayed(peer, direction);
      },
    });
    this.#desk.open(node, dispatcher);
    refuseOtherAddress(node);
    const hasData = holdsData(storage);
    if (hasData || mayFound(options, node, storage)) await foundCluster(node, hasData, options.log);
    peers.open(node);
    if (!hasData) this.#enter(node, storage);
    for (const service of this.#services) service.opened?.();
    options.log('notice', `node ${this.id} listens at ${this.address}`);
    if (options.advertise !== null)
      options.log('notice', `server advertising as ${options.advertise}`);
  }

  /** Undoes what `start` has done before it failed. */
  async abandon(): Promise<void> {
    // It would go on electing itself, on a log that is being closed.
    this.#node?.driver.stop('the node did not start');
    this.#peers?.close();
    await this.#server?.close({ drainMs: 0 });
    await this.#release();
  }

  reloadTls(): void {
    this.#tls?.reload();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#resolveEnded({ reason: null });
    });
    return this.#closing;
  }

  #tlsOption(): Pick<ServerOptions, 'tls'> {
    const tls = this.#tls;
    return tls === null ? {} : { tls: () => tls.context };
  }

  #listen(peers: Peers): RespServer {
    return new RespServer({
      host: this.#options.host,
      port: this.#options.port,
      ...this.#tlsOption(),
      sniffers: [...peers.sniffers, ...this.#services],
      onConnect: (connection) => {
        this.#desk.connected(connection);
      },
      onCommands: (connection, batch) => {
        if (this.#desk.commands(connection, batch)) return;
        const { loading } = dialectOf(this.#options.dialect);
        for (let i = 0; i < batch.count; i += 1) connection.reply(loading);
      },
      onClose: (connection) => {
        this.#desk.disconnected(connection);
      },
      onNotice: ({ kind, remoteAddress, detail }) => {
        // A client that may be somebody's own lost its replies. Strangers do not fill the log.
        const level = kind === 'output-limit' ? 'warning' : 'verbose';
        this.#options.log(level, `${remoteAddress}: ${kind}: ${detail}`);
      },
    });
  }

  #makeNode(storage: NodeStorage, peers: Peers): Node {
    const options = this.#options;
    const advertised = options.advertise ?? this.address;
    const hashSeed = createHash('sha256').update(options.secret).digest().readBigUInt64LE();
    return new Node({
      options,
      settings: {
        id: options.id,
        clientAddress: advertised,
        peerAddress: advertised,
        directory: options.directory,
        consistency: options.consistency,
        redirect: options.redirect,
        durability: options.durability,
        dialect: options.dialect,
        faultsAllowed: options.faultsAllowed,
        electionTimeoutMinMs: options.electionTimeoutMinMs,
        electionTimeoutMaxMs: options.electionTimeoutMaxMs,
        heartbeatIntervalMs: options.heartbeatIntervalMs,
        startedAtMs: Date.now(),
        softwareVersion: options.softwareVersion,
      },
      log: storage.log,
      snapshots: storage.snapshots,
      machine: options.machine.create({ hashSeed }),
      createMachine: () => options.machine.create({ hashSeed }),
      transport: peers.transport,
      clock: this.#clock,
      faults: this.#faults,
      probe: (address) => peers.probe(address),
      ask: (address, args) => this.#remote.ask(address, args),
      adoptCluster: (clusterId, done) => {
        storage.adoptCluster(clusterId, done);
      },
      onEnded: () => {
        void this.close();
      },
    });
  }

  /** A node without data does what it was told to. */
  #enter(node: Node, storage: NodeStorage): void {
    const options = this.#options;
    // A node that was taken in and has received nothing asks again: it may not have been committed.
    if (options.entry.type === 'join' && storage.log.repair === null) {
      const as = options.nonVoter ? 'non-voter' : 'voter';
      options.log('notice', `joining existing cluster at ${options.entry.address} as ${as}`);
      this.#join(node, options.entry.address);
    }
  }

  #join(node: Node, target: string): void {
    const joiner = {
      address: node.settings.clientAddress,
      ...{ id: this.id, machine: node.machine.name },
      nonVoter: this.#options.nonVoter,
      isMember: () => node.core.membership().members.some(({ id }) => id === this.id),
      isClosing: () => this.#closing !== null,
      ask: (address: string, args: readonly string[]) => this.#remote.ask(address, args),
      log: (text: string) => {
        this.#options.log('verbose', text);
      },
    };
    void joinCluster(joiner, target).then((outcome) => {
      if (outcome.ok || this.#closing !== null) return;
      const reason = `cannot join the cluster at ${target}: ${outcome.reason}`;
      this.#options.log('warning', reason);
      this.#closing = this.#close().finally(() => {
        this.#resolveEnded({ reason });
      });
    });
  }

  #forwarder(node: Node): ((args: readonly Uint8Array[]) => Promise<Reply>) | null {
    if (this.#options.redirect !== 'forward') return null;
    return (args) => {
      const leader = node.leader();
      if (leader === null) throw new Error('no leader is known');
      return this.#forwarding.ask(leader.clientAddress, args);
    };
  }

  async #close(): Promise<void> {
    const node = this.#node;
    if (node !== null) {
      await handOver(node);
      const services = this.#services.map(async (service) => service.close?.());
      const drained = [
        this.#server?.close({ drainMs: DRAIN_MS }),
        this.#desk.closeLocals(DRAIN_MS),
      ];
      await Promise.all([...drained, ...services]);
      node.driver.stop('the node is shutting down');
      node.watch.close();
      node.monitors.close();
    } else {
      await this.#server?.close({ drainMs: 0 });
    }
    this.#faults?.close();
    this.#peers?.close();
    this.#remote.close();
    this.#forwarding.close();
    await this.#release();
  }

  async #release(): Promise<void> {
    this.#clock.close();
    const storage = this.#storage;
    this.#storage = null;
    if (storage === null) return;
    await new Promise<void>((resolve) => {
      storage.close((error) => {
        if (error !== null) this.#options.log('warning', `closing the data: ${error.message}`);
        resolve();
      });
    });
  }
}

/** A leader that stops lets another voter take over first, so that nobody waits for a timeout. */
async function handOver(node: Node): Promise<void> {
  if (node.role() !== 'leader') return;
  const voters = node.core.membership().members.filter((member) => member.voter);
  if (voters.length < 2) return;
  const transfer = (): unknown => node.core.transferLeadership(null);
  node.driver.ask(transfer, () => undefined);
  await node.waitUntil(() => node.core.role() !== 'leader', HAND_OVER_MS);
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
