import { randomBytes } from 'node:crypto';

import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import type { FaultRef, HealedFaults } from '../contract/fault.ts';
import type { CreateClusterRequest, HostApi, NodeRef, Subscription } from '../contract/host-api.ts';
import type {
  AppInfo,
  ClusterSummary,
  CommandOutcome,
  OutputLine,
  Settings,
} from '../contract/model.ts';
import type { BookmarkView, MomentView, RecordingView } from '../contract/recording.ts';
import {
  addPeer,
  commandNode,
  createNodes,
  noLeader,
  noSuchNode,
  removePeer,
  sendToLeader,
  startNodes,
  stopForGood,
  stopNodes,
} from './cluster-operations.ts';
import { clusterDirectory, setAside } from './cluster-files.ts';
import { runConsoleCommand } from './console-command.ts';
import { causeOf, DONE, failure } from './failure.ts';
import { extendFault, healFaults, setFault } from './fault-operations.ts';
import { choosePorts, DEFAULT_BASE_PORT, findPortBlock } from './free-ports.ts';
import { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { PushHub } from './push-hub.ts';
import type { RespDial } from './resp-port.ts';
import type { SavedCluster } from './saved-cluster.ts';
import type { NodeSpawner } from './spawner.ts';
import { takeUp } from './take-up.ts';
import { Workspace } from './workspace.ts';

/** What a host is made from. */
export interface HostOptions {
  readonly home: string;
  readonly spawner: NodeSpawner;
  readonly dial: RespDial;
  readonly info: Pick<AppInfo, 'version' | 'mode' | 'modeReason'>;
  /** Where the host says what no window shows, one line each. */
  readonly log: (line: string) => void;
}

/**
 * The cluster supervisor behind every face of the app: starts nodes, watches them on their RESP
 * ports, and does to them what a user could type. It holds no window and no web server.
 */
export class Host implements HostApi {
  readonly #options: HostOptions;
  readonly #workspace: Workspace;
  readonly #hub = new PushHub();
  readonly #clusters = new Map<string, ManagedCluster>();
  #settings: Settings;
  #creating: Promise<unknown> = Promise.resolve();
  readonly #summaries = new Map<string, ClusterSummary>();
  /** The summaries as they were pushed last. */
  #published = '';

  private constructor(options: HostOptions, workspace: Workspace, settings: Settings) {
    this.#options = options;
    this.#workspace = workspace;
    this.#settings = settings;
  }

  /** Opens the home and finds the nodes again that an earlier host left running. */
  static async open(options: HostOptions): Promise<Result<Host>> {
    const workspace = await Workspace.open(options.home);
    if (!workspace.ok) return workspace;
    const settings = await workspace.value.loadSettings();
    const host = new Host(options, workspace.value, settings);
    const { clusters, unreadable } = await workspace.value.loadClusters();
    for (const id of unreadable) {
      options.log(
        `The saved cluster ${id} cannot be read and is not shown. Its data is untouched.`,
      );
    }
    for (const saved of clusters) host.#manage(saved);
    await takeUp(host.#all(), options.spawner.outlivesHost, options.log);
    return { ok: true, value: host };
  }

  /** How many nodes run now. */
  get runningNodes(): number {
    return this.#allNodes().filter((node) => node.exists).length;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Calls `listener` with the present state of the topic and then with every push, until stopped. */
  subscribe(subscription: Subscription, listener: (payload: unknown) => void): () => void {
    if ('clusterId' in subscription) {
      const cluster = this.#clusters.get(subscription.clusterId);
      for (const payload of cluster?.presentState(subscription.topic) ?? []) listener(payload);
    } else {
      listener(subscription.topic === 'clusters' ? this.#summarise() : this.#settings);
    }
    return this.#hub.subscribe(subscription, listener);
  }

  /** Ends the host. Nodes go on only where they are processes that outlive it. */
  async close(options: { readonly nodes: 'keep' | 'stop' }): Promise<void> {
    const keep = options.nodes === 'keep' && this.#options.spawner.outlivesHost;
    if (!keep) await Promise.all([...this.#clusters.values()].map(stopForGood));
    for (const cluster of this.#clusters.values()) {
      cluster.release();
      await cluster.recording.close();
      await cluster.save();
    }
    this.#clusters.clear();
    await this.#workspace.close();
  }

  async appInfo(): Promise<Result<AppInfo>> {
    const { info, home, spawner } = this.#options;
    const { platform } = process;
    const value = { ...info, platform, home, processIsolation: spawner.isolation };
    return { ok: true, value };
  }

  async getSettings(): Promise<Result<Settings>> {
    return { ok: true, value: this.#settings };
  }

  async setSettings(settings: Settings): Promise<Result<Settings>> {
    await this.#workspace.saveSettings(settings);
    this.#settings = settings;
    this.#hub.publish({ topic: 'settings' }, settings);
    return { ok: true, value: settings };
  }

  async suggestPorts(
    request: CallRequest<'suggestPorts'>,
  ): Promise<Result<{ readonly basePort: number }>> {
    const found = await findPortBlock(request.nodes, DEFAULT_BASE_PORT, this.#reservedPorts());
    return found.ok ? { ok: true, value: { basePort: found.value } } : found;
  }

  createCluster(request: CreateClusterRequest): Promise<Result<{ readonly clusterId: string }>> {
    // One after the other: two at once would find the same ports free.
    const created = this.#creating.then(() => this.#create(request));
    this.#creating = created.catch(() => undefined);
    return created;
  }

  async startCluster(request: CallRequest<'startCluster'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, (cluster) => startNodes(cluster));
  }

  async stopCluster(request: CallRequest<'stopCluster'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, (cluster) => stopNodes(cluster));
  }

  async renameCluster(request: CallRequest<'renameCluster'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, async (cluster) => {
      const taken = this.#all().some((other) => other !== cluster && other.name === request.name);
      if (taken) return nameTaken(request.name);
      await cluster.change({ name: request.name });
      return DONE;
    });
  }

  async deleteCluster(request: CallRequest<'deleteCluster'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, async (cluster) => {
      if (request.confirmName !== cluster.name) {
        return failure(
          'E_CONFIRM',
          `Deleting removes all data of this cluster, so its name has to be typed. Nothing was deleted. Its name is '${cluster.name}'.`,
        );
      }
      await stopForGood(cluster);
      return this.#remove(cluster);
    });
  }

  async startNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node, cluster) => node.start(cluster.roleOf(node)));
  }

  async stopNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node) => node.stop());
  }

  async killNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node) => node.kill());
  }

  async freezeNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, async (node) => node.freeze());
  }

  async resumeNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, async (node) => node.resume());
  }

  async restartNode(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, async (node, cluster) => {
      const stopped = node.exists ? await node.stop() : DONE;
      return stopped.ok ? node.start(cluster.roleOf(node)) : stopped;
    });
  }

  async addPeer(request: CallRequest<'addPeer'>): Promise<Result<{ readonly nodeId: string }>> {
    return this.#withCluster(request.clusterId, (cluster) =>
      addPeer(cluster, this.#reservedPorts()),
    );
  }

  async removePeer(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node, cluster) => removePeer(cluster, node));
  }

  async transferLeadership(request: CallRequest<'transferLeadership'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, async (cluster) => {
      const leader = cluster.leader();
      if (leader === null) return noLeader(cluster);
      if (leader.id === request.nodeId) {
        return failure('E_STATE', `${leader.name} leads already. Nothing was sent.`);
      }
      const to = request.nodeId === null ? [] : [request.nodeId];
      const refused = await sendToLeader(cluster, ['RAFT', 'SERVER', 'TRANSFER', ...to]);
      return refused === null ? DONE : { ok: false, error: refused };
    });
  }

  async takeSnapshot(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node, cluster) => commandNode(cluster, node, ['RAFTSNAPSHOT']));
  }

  async shrinkLog(request: NodeRef): Promise<Result<null>> {
    return this.#withNode(request, (node, cluster) =>
      commandNode(cluster, node, ['RAFTSHRINKLOG']),
    );
  }

  async setFault(request: CallRequest<'setFault'>): Promise<Result<FaultRef>> {
    return this.#withNode(request, (node, cluster) => setFault(cluster, node, request));
  }

  async extendFault(request: CallRequest<'extendFault'>): Promise<Result<null>> {
    return this.#withNode(request, (node, cluster) => extendFault(cluster, node, request));
  }

  async healFaults(request: CallRequest<'healFaults'>): Promise<Result<HealedFaults>> {
    return this.#withCluster(request.clusterId, (cluster) => healFaults(cluster, request));
  }

  async sendCommand(request: CallRequest<'sendCommand'>): Promise<Result<CommandOutcome>> {
    return this.#withCluster(request.clusterId, async (cluster) => {
      if (request.nodeId === null) return runConsoleCommand(cluster, null, request);
      const node = cluster.node(request.nodeId);
      if (node === undefined) return noSuchNode(cluster, request.nodeId);
      return runConsoleCommand(cluster, node, request);
    });
  }

  async nodeOutput(request: NodeRef): Promise<Result<readonly OutputLine[]>> {
    return this.#withNode(request, async (node) => ({ ok: true, value: node.output() }));
  }

  async readRecording(request: CallRequest<'readRecording'>): Promise<Result<RecordingView>> {
    return this.#withCluster(request.clusterId, async ({ recording }) => {
      return { ok: true, value: await recording.reader.read(request.fromMs, request.toMs) };
    });
  }

  async readMoment(request: CallRequest<'readMoment'>): Promise<Result<MomentView>> {
    return this.#withCluster(request.clusterId, async ({ name, recording }) => {
      const moment = await recording.reader.moment(request.atMs);
      if (moment !== null) return { ok: true, value: moment };
      return failure('E_NOT_FOUND', `Nothing was recorded of ${name} up to that time.`);
    });
  }

  async findStep(request: CallRequest<'findStep'>): ReturnType<HostApi['findStep']> {
    return this.#withCluster(request.clusterId, async ({ recording }) => {
      const { atMs, direction, kind } = request;
      return { ok: true, value: await recording.reader.step(atMs, direction, kind) };
    });
  }

  async addBookmark(request: CallRequest<'addBookmark'>): Promise<Result<BookmarkView>> {
    return this.#withCluster(request.clusterId, ({ recording }) =>
      recording.reader.addBookmark(request.atMs, request.label),
    );
  }

  async removeBookmark(request: CallRequest<'removeBookmark'>): Promise<Result<null>> {
    return this.#withCluster(request.clusterId, ({ recording }) =>
      recording.reader.removeBookmark(request.bookmarkId),
    );
  }

  async #create(request: CreateClusterRequest): Promise<Result<{ readonly clusterId: string }>> {
    const name = request.name ?? this.#freeName();
    if (this.#all().some((cluster) => cluster.name === name)) return nameTaken(name);
    const reserved = this.#reservedPorts();
    const ports = await choosePorts(request.nodes, request.basePort, reserved);
    if (!ports.ok) return ports;
    const basePort = ports.value;
    const id = randomBytes(4).toString('hex');
    const nowMs = Date.now();
    const saved: SavedCluster = {
      format: 1,
      id,
      name,
      createdAtMs: nowMs,
      lastUsedMs: nowMs,
      machine: request.machine ?? 'kv',
      backend: request.backend ?? 'leveldb',
      durability: request.durability ?? 'high',
      basePort,
      nextNumber: 1,
      directory: clusterDirectory(this.#options.home, id),
      nodes: [],
    };
    const cluster = this.#manage(saved);
    for (let offset = 0; offset < request.nodes; offset += 1) {
      await cluster.addNode(basePort + offset);
    }
    this.#publishSummaries();
    const last = basePort + request.nodes - 1;
    void createNodes(cluster, basePort === last ? `${basePort}` : `${basePort}–${last}`);
    return { ok: true, value: { clusterId: id } };
  }

  #manage(saved: SavedCluster): ManagedCluster {
    const { home, spawner, dial } = this.#options;
    const cluster: ManagedCluster = new ManagedCluster(saved, {
      home,
      spawner,
      dial,
      log: this.#options.log,
      save: (record) => this.#save(record),
      onView: (view) => {
        this.#hub.publish({ topic: 'cluster', clusterId: saved.id }, view);
        this.#summaries.set(saved.id, cluster.summary(view));
        this.#publishSummaries();
      },
      onEvents: (events) => {
        const payload = { clusterId: saved.id, events };
        this.#hub.publish({ topic: 'events', clusterId: saved.id }, payload);
      },
      onOutput: (lines) => {
        const payload = { clusterId: saved.id, lines };
        this.#hub.publish({ topic: 'output', clusterId: saved.id }, payload);
      },
    });
    this.#clusters.set(saved.id, cluster);
    this.#summaries.set(saved.id, cluster.summary());
    return cluster;
  }

  /** Never rejects: what runs goes on, and the next change is saved in full again. */
  async #save(record: SavedCluster): Promise<void> {
    try {
      await this.#workspace.saveCluster(record);
    } catch (error) {
      this.#options.log(`${record.name} could not be saved: ${causeOf(error)}.`);
    }
  }

  /** Ports of nodes that are saved, running or not: they will want them back. */
  #reservedPorts(): ReadonlySet<number> {
    const nodes = this.#allNodes().filter((node) => !node.saved.removed);
    return new Set(nodes.map((node) => node.saved.port));
  }

  #freeName(): string {
    const names = new Set(this.#all().map((cluster) => cluster.name));
    let number = 1;
    while (names.has(`local-${number}`)) number += 1;
    return `local-${number}`;
  }

  async #remove(cluster: ManagedCluster): Promise<Result<null>> {
    await cluster.recording.close();
    const aside = await setAside(this.#options.home, cluster.id);
    if (!aside.ok) return aside;
    cluster.release();
    this.#clusters.delete(cluster.id);
    this.#summaries.delete(cluster.id);
    // What is still being saved must not come after the forgetting.
    await cluster.save();
    await this.#workspace.forgetCluster(cluster.id);
    this.#publishSummaries();
    await aside.value();
    return DONE;
  }

  #summarise(): readonly ClusterSummary[] {
    const summaries = [...this.#summaries.values()];
    return summaries.sort((left, right) => right.lastUsedMs - left.lastUsedMs);
  }

  #publishSummaries(): void {
    const summaries = this.#summarise();
    const text = JSON.stringify(summaries);
    if (text === this.#published) return;
    this.#published = text;
    this.#hub.publish({ topic: 'clusters' }, summaries);
  }

  #all(): readonly ManagedCluster[] {
    return [...this.#clusters.values()];
  }

  #allNodes(): readonly ManagedNode[] {
    return this.#all().flatMap((cluster) => cluster.nodes());
  }

  async #withCluster<T>(
    clusterId: string,
    work: (cluster: ManagedCluster) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const cluster = this.#clusters.get(clusterId);
    if (cluster !== undefined) return work(cluster);
    return failure('E_NOT_FOUND', `There is no cluster ${clusterId}. It may have been deleted.`);
  }

  async #withNode<T>(
    ref: NodeRef,
    work: (node: ManagedNode, cluster: ManagedCluster) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#withCluster(ref.clusterId, async (cluster) => {
      const node = cluster.node(ref.nodeId);
      return node === undefined ? noSuchNode(cluster, ref.nodeId) : work(node, cluster);
    });
  }
}

function nameTaken(name: string): Result<never> {
  const message = `There is a cluster called '${name}' already. Nothing was changed. Choose another name.`;
  return { ok: false, error: { code: 'E_ARGS', message, field: 'name' } };
}
