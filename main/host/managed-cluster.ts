import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import type {
  ClusterHealth,
  ClusterSummary,
  ClusterView,
  EventView,
  NodeView,
  OutputLine,
} from '../contract/model.ts';
import { clusterSummary, clusterView, compareIds } from './cluster-view.ts';
import type { AnsweredCommand, CommandTarget } from './command-sender.ts';
import { sendCommand, withConnection, type ConnectionWork } from './command-sender.ts';
import { Conditions } from './conditions.ts';
import type { EventLog } from './event-log.ts';
import { failure } from './failure.ts';
import { computeHealth } from './health.ts';
import { LagClock } from './lag-clock.ts';
import { ManagedNode } from './managed-node.ts';
import { nodeArguments, shellQuoted, type LaunchRole, type NodeLaunch } from './node-launch.ts';
import { Operation } from './operation.ts';
import { OutputBatch, pastOutput } from './output-batch.ts';
import { ClusterRecording } from './recording/cluster-recording.ts';
import type { RespDial } from './resp-port.ts';
import type { SavedCluster, SavedNode } from './saved-cluster.ts';
import type { NodeSpawner } from './spawner.ts';
import { ViewPacer } from './view-pacer.ts';

/** What a cluster needs from the host. */
export interface ClusterSurroundings {
  readonly home: string;
  readonly spawner: NodeSpawner;
  readonly dial: RespDial;
  /** How much of the past of a cluster is kept, MiB. */
  readonly keptMiB: () => number;
  readonly save: (cluster: SavedCluster) => Promise<void>;
  /** A new picture of the cluster is there. */
  readonly onView: (view: ClusterView) => void;
  readonly onEvents: (events: readonly EventView[]) => void;
  readonly onOutput: (lines: readonly OutputLine[]) => void;
  readonly log: (line: string) => void;
}

/** One cluster: its nodes, what they say together, and whoever waits for something of it. */
export class ManagedCluster {
  readonly recording: ClusterRecording;
  readonly #surroundings: ClusterSurroundings;
  readonly #nodes = new Map<string, ManagedNode>();
  readonly #lag = new LagClock();
  readonly #pacer: ViewPacer;
  readonly #conditions = new Conditions();
  readonly #output: OutputBatch;
  #saved: SavedCluster;
  #operation: Operation | null = null;
  #operationEnd: Promise<unknown> = Promise.resolve();
  #leaderKey: string | null = null;
  #leaderChangedAtMs: number | null = null;
  readonly #watchedFromMs = Date.now();
  #saving: Promise<void> = Promise.resolve();
  /** How many are just ending its nodes. */
  #startsForbidden = 0;

  constructor(saved: SavedCluster, surroundings: ClusterSurroundings) {
    this.#saved = saved;
    this.#surroundings = surroundings;
    this.#output = new OutputBatch((lines) => surroundings.onOutput(lines));
    this.recording = new ClusterRecording({
      clusterId: saved.id,
      directory: saved.directory,
      keptMiB: surroundings.keptMiB(),
      log: (line) => surroundings.log(`${this.name}: ${line}`),
      onEvents: (events) => surroundings.onEvents(events),
    });
    for (const node of saved.nodes) this.#manage(node);
    this.#pacer = new ViewPacer({
      publish: () => {
        const view = this.view();
        this.recording.view(view);
        surroundings.onView(view);
      },
      // Silence changes the picture too: what nobody confirms any more is not known any more.
      fingerprint: () => {
        this.#observeLeader();
        return this.health().sentence;
      },
    });
  }

  get events(): EventLog {
    return this.recording.events;
  }

  get id(): string {
    return this.#saved.id;
  }

  get name(): string {
    return this.#saved.name;
  }

  get saved(): SavedCluster {
    return this.#saved;
  }

  get operation(): Operation | null {
    return this.#operation;
  }

  /** Every node, removed ones too, by id. */
  nodes(): readonly ManagedNode[] {
    return [...this.#nodes.values()].sort((left, right) => compareIds(left.id, right.id));
  }

  /** The nodes that are not removed. */
  members(): readonly ManagedNode[] {
    return this.nodes().filter((node) => !node.saved.removed);
  }

  node(nodeId: string): ManagedNode | undefined {
    return this.#nodes.get(nodeId);
  }

  /** The node that leads, as far as the nodes that answer say. */
  leader(): ManagedNode | null {
    const { leaderId } = this.health();
    return leaderId === null ? null : (this.#nodes.get(leaderId) ?? null);
  }

  health(): ClusterHealth {
    return this.#healthOf(this.nodes().map((node) => node.view()));
  }

  view(): ClusterView {
    const nowMs = Date.now();
    const nodes = this.nodes().map((node) => node.view());
    const operation = this.#operation?.view(nowMs) ?? null;
    return clusterView({
      saved: this.#saved,
      nodes,
      health: this.#healthOf(nodes),
      operation,
      nowMs,
    });
  }

  summary(view: ClusterView = this.view()): ClusterSummary {
    return clusterSummary(this.#saved, view);
  }

  /** What a new listener to a topic of this cluster gets first, in one or more payloads. */
  presentState(topic: 'cluster' | 'events' | 'output'): readonly unknown[] {
    const clusterId = this.id;
    if (topic === 'cluster') return [this.view()];
    if (topic === 'events') return this.events.past().map((events) => ({ clusterId, events }));
    return [{ clusterId, lines: pastOutput(this.nodes()) }];
  }

  /** Changes what is saved of the cluster itself and keeps it. */
  async change(change: Partial<Pick<SavedCluster, 'name' | 'lastUsedMs'>>): Promise<void> {
    this.#saved = { ...this.#saved, ...change };
    this.#pacer.changed('now');
    await this.save();
  }

  /**
   * Adds the next node; its folder and process come with its start. One that is `joined` already finds
   * its data there, and never begins a cluster of its own.
   */
  async addNode(port: number, joined = false): Promise<ManagedNode> {
    const id = String(this.#saved.nextNumber);
    const directory = join(this.#saved.directory, 'nodes', id);
    this.#saved = { ...this.#saved, nextNumber: this.#saved.nextNumber + 1 };
    const fresh = {
      id,
      port,
      directory,
      removed: false,
      nonVoter: false,
      desired: 'stopped',
      joined,
    } as const;
    const node = this.#manage({ ...fresh, process: null });
    await this.save();
    return node;
  }

  /** Forgets a node that never became a member. */
  async forgetNode(node: ManagedNode): Promise<void> {
    node.release();
    this.#nodes.delete(node.id);
    this.#pacer.changed('now');
    await this.save();
  }

  /** Writes what is to be remembered; writes follow one another, the last one wins. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => {
      const nodes = this.nodes().map((node) => node.saved);
      this.#saved = { ...this.#saved, nodes };
      return this.#surroundings.save(this.#saved);
    });
    return this.#saving;
  }

  /** How a node is to be started that was here before. */
  roleOf(node: ManagedNode): LaunchRole {
    if (node.saved.joined) return { type: 'member' };
    const inviter = this.leader() ?? this.members().find((other) => other !== node);
    const isFirst = this.nodes()[0] === node;
    if (isFirst || inviter === undefined) return { type: 'first' };
    return { type: 'join', address: inviter.address };
  }

  /**
   * Runs a long operation; refuses while another one is under way. The result comes when `accepted`
   * does; the operation may go on after that.
   */
  async operate<T>(
    options: Omit<ConstructorParameters<typeof Operation>[0], 'changed'>,
    work: (operation: Operation) => {
      readonly accepted: Promise<Result<T>>;
      readonly finished: Promise<unknown>;
    },
  ): Promise<Result<T>> {
    if (this.#operation?.state === 'running') {
      return failure(
        'E_STATE',
        `${OPERATION_WORDS[this.#operation.kind]} is under way in ${this.name}. Nothing else was begun. Wait until it has ended, or stop the cluster.`,
      );
    }
    const operation = new Operation({ ...options, changed: () => this.#changed('now') });
    this.#operation = operation;
    const { accepted, finished } = work(operation);
    this.#operationEnd = finished.then(() => operation.finish());
    return accepted;
  }

  /** Makes the operation that is under way fail at its next wait, and waits until it has. */
  async abortOperation(): Promise<void> {
    if (this.#operation?.state !== 'running') return;
    await this.#conditions.abortUntil(this.#operationEnd);
  }

  /** Waits until `isMet`; fails the step when it does not come true in time or is called off. */
  waitFor(isMet: () => boolean, timeoutMs: number, otherwise: () => string): Promise<void> {
    return this.#conditions.waitFor(isMet, timeoutMs, otherwise);
  }

  /** Sends one RESP command to a node. */
  send(
    target: CommandTarget,
    args: readonly string[],
    options: { readonly timeoutMs: number; readonly followRedirects: boolean },
  ): Promise<Result<AnsweredCommand>> {
    return sendCommand(this.#surroundings.dial, {
      target,
      args,
      ...options,
      nodeAt: (address) => this.#nodeAt(address),
    });
  }

  /** Sends several commands to a node, on one connection. */
  talk<T>(target: ManagedNode, work: ConnectionWork<T>): Promise<Result<T>> {
    return withConnection(this.#surroundings.dial, target, work);
  }

  /** From now on no node is started, however it was asked for, until this is called off again. */
  forbidStarts(): void {
    this.#startsForbidden += 1;
  }

  /** Calls off one `forbidStarts`. */
  allowStarts(): void {
    this.#startsForbidden -= 1;
  }

  /** Lets go of everything without ending any node. */
  release(): void {
    this.#pacer.close();
    this.events.close();
    this.#conditions.abort();
    for (const node of this.#nodes.values()) node.release();
  }

  #manage(saved: SavedNode): ManagedNode {
    const node: ManagedNode = new ManagedNode(saved, {
      spawner: this.#surroundings.spawner,
      dial: this.#surroundings.dial,
      events: this.events,
      startCommand: () =>
        shellQuoted(['raftdeck', ...nodeArguments(this.#launch(node, { type: 'member' }))]),
      launch: (role) => this.#launch(node, role),
      mayStart: () => this.#startsForbidden === 0,
      changed: (urgency) => this.#changed(urgency, node),
      save: () => this.save(),
      onOutput: (line) => this.#output.add(line),
    });
    this.#nodes.set(saved.id, node);
    return node;
  }

  #launch(node: ManagedNode, role: LaunchRole): NodeLaunch {
    const { machine, backend, durability } = this.#saved;
    return {
      nodeId: node.id,
      address: node.address,
      directory: node.saved.directory,
      home: this.#surroundings.home,
      role,
      machine,
      backend,
      durability,
      faults: true,
    };
  }

  #healthOf(nodes: readonly NodeView[]): ClusterHealth {
    const nowMs = Date.now();
    const kind = this.#operation?.state === 'running' ? this.#operation.kind : null;
    return computeHealth({
      nodes,
      nowMs,
      starting: kind === 'create' || kind === 'start' || kind === 'restore',
      leaderChangedAtMs: this.#leaderChangedAtMs,
      lagMs: (matchIndex) => this.#lag.lagMs(matchIndex, nowMs),
    });
  }

  #changed(urgency: 'now' | 'soon', node?: ManagedNode): void {
    const leader = this.#observeLeader();
    this.#conditions.check();
    // The leader's figures are what is looked at: commits, and how far each follower is.
    const isAlong = urgency === 'soon' && leader !== null && node !== undefined && node !== leader;
    this.#pacer.changed(isAlong ? 'along' : urgency);
  }

  #observeLeader(): ManagedNode | null {
    const leader = this.leader();
    const status = leader?.status ?? null;
    const key = leader === null || status === null ? null : `${leader.id}/${status.term}`;
    if (leader !== null && status !== null) {
      this.#lag.observe(leader.id, status.lastIndex, Date.now());
    }
    if (key !== this.#leaderKey) {
      const isFirst = this.#leaderKey === null && this.#leaderChangedAtMs === null;
      this.#leaderKey = key;
      // Who ran before anybody watched may have led for long: nobody saw since when.
      const ranBefore = (leader?.view().startedAtMs ?? Infinity) < this.#watchedFromMs;
      this.#leaderChangedAtMs = isFirst && ranBefore ? null : Date.now();
    }
    return leader;
  }

  #nodeAt(address: string): CommandTarget | undefined {
    return this.nodes().find(
      (node) => node.address === address || node.status?.clientAddress === address,
    );
  }
}

const OPERATION_WORDS = {
  create: 'Creating the cluster',
  start: 'Starting the cluster',
  'add-peer': 'Adding a peer',
  restore: 'Restoring the cluster',
  replace: 'Replacing the state',
} as const;
