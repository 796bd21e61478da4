import { randomBytes } from 'node:crypto';

import type { Result } from '../contract/errors.ts';
import type { CreateClusterRequest, NodeRef } from '../contract/host-api.ts';
import type { ClusterSummary } from '../contract/model.ts';
import { clusterDirectory, setAside } from './cluster-files.ts';
import { createNodes, noSuchNode, stopForGood } from './cluster-operations.ts';
import { causeOf, DONE, failure } from './failure.ts';
import { choosePorts, findPortBlock, DEFAULT_BASE_PORT } from './free-ports.ts';
import { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import type { PushHub } from './push-hub.ts';
import type { OpenedRecordings } from './recording/opened-recordings.ts';
import type { RespDial } from './resp-port.ts';
import type { SavedCluster } from './saved-cluster.ts';
import type { NodeSpawner } from './spawner.ts';
import type { Workspace } from './workspace.ts';

/** What the clusters of a host are made with. */
export interface RegistryOptions {
  readonly home: string;
  readonly spawner: NodeSpawner;
  readonly dial: RespDial;
  readonly workspace: Workspace;
  readonly hub: PushHub;
  /** How much of the past of a cluster is kept, MiB. */
  readonly keptMiB: () => number;
  /** The recordings from files: they have ids like clusters, and nothing can be done to them. */
  readonly opened: Pick<OpenedRecordings, 'find'>;
  /** Where the host says what no window shows, one line each. */
  readonly log: (line: string) => void;
}

/** How the nodes of a cluster that has just been made come up. */
export interface BeginNodes {
  /** Whether the first node gets its data from elsewhere, and must not begin an empty cluster. */
  readonly restored: boolean;
  readonly run: (cluster: ManagedCluster, ports: string) => Promise<Result<null>>;
}

/** All clusters of a host: found by id, made, renamed, forgotten, and told to whoever listens. */
export class ClusterRegistry {
  readonly #options: RegistryOptions;
  readonly #clusters = new Map<string, ManagedCluster>();
  readonly #summaries = new Map<string, ClusterSummary>();
  /** The summaries as they were pushed last. */
  #published = '';
  #creating: Promise<unknown> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  all(): readonly ManagedCluster[] {
    return [...this.#clusters.values()];
  }

  allNodes(): readonly ManagedNode[] {
    return this.all().flatMap((cluster) => cluster.nodes());
  }

  find(clusterId: string): ManagedCluster | undefined {
    return this.#clusters.get(clusterId);
  }

  /** What is shown in a list of clusters, the one used last first. */
  summaries(): readonly ClusterSummary[] {
    const summaries = [...this.#summaries.values()];
    return summaries.sort((left, right) => right.lastUsedMs - left.lastUsedMs);
  }

  /** Ports of nodes that are saved, running or not: they will want them back. */
  reservedPorts(): ReadonlySet<number> {
    const nodes = this.allNodes().filter((node) => !node.saved.removed);
    return new Set(nodes.map((node) => node.saved.port));
  }

  async suggestPorts(nodes: number): Promise<Result<{ readonly basePort: number }>> {
    const found = await findPortBlock(nodes, DEFAULT_BASE_PORT, this.reservedPorts());
    return found.ok ? { ok: true, value: { basePort: found.value } } : found;
  }

  /** Makes a cluster; returns when it is known and `begin` has begun to bring its nodes up. */
  create(
    request: CreateClusterRequest,
    begin: BeginNodes = { restored: false, run: createNodes },
  ): Promise<Result<{ readonly clusterId: string }>> {
    // One after the other: two at once would find the same ports free.
    const created = this.#creating.then(() => this.#create(request, begin));
    this.#creating = created.catch(() => undefined);
    return created;
  }

  async rename(cluster: ManagedCluster, name: string): Promise<Result<null>> {
    const taken = this.all().some((other) => other !== cluster && other.name === name);
    if (taken) return nameTaken(name);
    await cluster.change({ name });
    return DONE;
  }

  /** Stops a cluster, forgets it and removes its folder. */
  async delete(cluster: ManagedCluster): Promise<Result<null>> {
    await stopForGood(cluster);
    await cluster.recording.close();
    const aside = await setAside(this.#options.home, cluster.id);
    if (!aside.ok) {
      cluster.allowStarts();
      return aside;
    }
    cluster.release();
    this.#clusters.delete(cluster.id);
    this.#summaries.delete(cluster.id);
    // What is still being saved must not come after the forgetting.
    await cluster.save();
    await this.#options.workspace.forgetCluster(cluster.id);
    this.#publishSummaries();
    await aside.value();
    return DONE;
  }

  /** Lets go of every cluster, after ending its nodes or not. */
  async close(nodes: 'keep' | 'stop'): Promise<void> {
    if (nodes === 'stop') {
      // A cluster that is just being made would start its nodes after the others have ended.
      await this.#creating;
      await Promise.all(this.all().map(stopForGood));
    }
    for (const cluster of this.all()) {
      cluster.release();
      await cluster.recording.close();
      await cluster.save();
    }
    this.#clusters.clear();
  }

  /** Takes a saved cluster in: from here on it is watched and shown. */
  manage(saved: SavedCluster): ManagedCluster {
    const { home, spawner, dial, keptMiB, hub, log } = this.#options;
    const cluster: ManagedCluster = new ManagedCluster(saved, {
      home,
      spawner,
      dial,
      keptMiB,
      log,
      save: (record) => this.#save(record),
      onView: (view) => {
        hub.publish({ topic: 'cluster', clusterId: saved.id }, view);
        this.#summaries.set(saved.id, cluster.summary(view));
        this.#publishSummaries();
      },
      onEvents: (events) => {
        const payload = { clusterId: saved.id, events };
        hub.publish({ topic: 'events', clusterId: saved.id }, payload);
      },
      onOutput: (lines) => {
        const payload = { clusterId: saved.id, lines };
        hub.publish({ topic: 'output', clusterId: saved.id }, payload);
      },
    });
    this.#clusters.set(saved.id, cluster);
    this.#summaries.set(saved.id, cluster.summary());
    return cluster;
  }

  async withCluster<T>(
    clusterId: string,
    work: (cluster: ManagedCluster) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const cluster = this.#clusters.get(clusterId);
    if (cluster !== undefined) return work(cluster);
    if (this.#options.opened.find(clusterId) !== undefined) {
      return failure('E_STATE', 'This is a recording: nothing can be done to it.');
    }
    return failure('E_NOT_FOUND', `There is no cluster ${clusterId}. It may have been deleted.`);
  }

  async withNode<T>(
    ref: NodeRef,
    work: (node: ManagedNode, cluster: ManagedCluster) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.withCluster(ref.clusterId, async (cluster) => {
      const node = cluster.node(ref.nodeId);
      return node === undefined ? noSuchNode(cluster, ref.nodeId) : work(node, cluster);
    });
  }

  async #create(
    request: CreateClusterRequest,
    begin: BeginNodes,
  ): Promise<Result<{ readonly clusterId: string }>> {
    const name = request.name ?? this.#freeName();
    if (this.all().some((cluster) => cluster.name === name)) return nameTaken(name);
    const reserved = this.reservedPorts();
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
    const cluster = this.manage(saved);
    for (let offset = 0; offset < request.nodes; offset += 1) {
      await cluster.addNode(basePort + offset, begin.restored && offset === 0);
    }
    this.#publishSummaries();
    const last = basePort + request.nodes - 1;
    void begin.run(cluster, basePort === last ? `${basePort}` : `${basePort}–${last}`);
    return { ok: true, value: { clusterId: id } };
  }

  /** Never rejects: what runs goes on, and the next change is saved in full again. */
  async #save(record: SavedCluster): Promise<void> {
    try {
      await this.#options.workspace.saveCluster(record);
    } catch (error) {
      this.#options.log(`${record.name} could not be saved: ${causeOf(error)}.`);
    }
  }

  #freeName(): string {
    const names = new Set(this.all().map((cluster) => cluster.name));
    let number = 1;
    while (names.has(`local-${number}`)) number += 1;
    return `local-${number}`;
  }

  #publishSummaries(): void {
    const summaries = this.summaries();
    const text = JSON.stringify(summaries);
    if (text === this.#published) return;
    this.#published = text;
    this.#options.hub.publish({ topic: 'clusters' }, summaries);
  }
}

function nameTaken(name: string): Result<never> {
  const message = `There is a cluster called '${name}' already. Nothing was changed. Choose another name.`;
  return { ok: false, error: { code: 'E_ARGS', message, field: 'name' } };
}
