import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import type { FaultRef, HealedFaults } from '../contract/fault.ts';
import type {
  AppTopic,
  CreateClusterRequest,
  HostApi,
  NodeRef,
  ReturnedPeer,
  Subscription,
} from '../contract/host-api.ts';
import type {
  AppInfo,
  CommandOutcome,
  OutputLine,
  SecretFile,
  Settings,
  TakenUp,
} from '../contract/model.ts';
import type { SavedHistory } from '../contract/load.ts';
import type { MetricsView } from '../contract/metrics.ts';
import type { BookmarkView, MomentView, RecordingView } from '../contract/recording.ts';
import {
  addPeer,
  commandNode,
  noSuchNode,
  removePeer,
  startNodes,
  stopNodes,
  transferLeadership,
} from './cluster-operations.ts';
import { ClusterRegistry } from './cluster-registry.ts';
import { runConsoleCommand } from './console-command.ts';
import { type Download, Downloads } from './downloads.ts';
import { DONE, failure } from './failure.ts';
import { extendFault, healFaults, setFault } from './fault-operations.ts';
import { changeKey, compareKey, describeKeys, readValue, scanKeys } from './key-operations.ts';
import { Loads } from './load/loads.ts';
import { RecordingCalls } from './recording-operations.ts';
import { OpenedRecordings } from './recording/opened-recordings.ts';
import { OutsideRequests } from './outside-requests.ts';
import { ProcessLeases } from './process-leases.ts';
import { PushHub } from './push-hub.ts';
import type { RespDial } from './resp-port.ts';
import { replaceState } from './replace-operation.ts';
import { rebuildPeer } from './rebuild-operation.ts';
import { returnPeer } from './return-operation.ts';
import { clusterLike, restoreNodes, restoreSource } from './restore-operation.ts';
import { describeSecretFile } from './secret-file.ts';
import type { NodeSpawner } from './spawner.ts';
import { takeUp } from './take-up.ts';
import { Workspace } from './workspace.ts';

/** What a host is made from. */
export interface HostOptions {
  readonly home: string;
  readonly spawner: NodeSpawner;
  readonly dial: RespDial;
  /** The built program that checks histories: `out/node/history-checker.js`. */
  readonly checker: string;
  readonly info: Pick<AppInfo, 'version' | 'mode' | 'modeReason'>;
  /** Where the host says what no window shows, one line each. */
  readonly log: (line: string) => void;
  /** Ends the program that the host is in; left out where a window has its own way to leave. */
  readonly leave?: (nodes: 'keep' | 'stop') => void;
}

/**
 * The cluster supervisor behind every face of the app: starts nodes, watches them on their RESP
 * ports, and does to them what a user could type. It holds no window and no web server.
 */
export class Host implements HostApi {
  readonly #options: HostOptions;
  readonly #workspace: Workspace;
  readonly #hub = new PushHub();
  readonly #clusters: ClusterRegistry;
  readonly #downloads = new Downloads();
  readonly #opened: OpenedRecordings;
  /** For a shell around the page: what the system has handed to it. */
  readonly outside: OutsideRequests;
  readonly #recordings: RecordingCalls;
  readonly #loads: Loads;
  readonly #processLeases: ProcessLeases;
  #settings: Settings;
  #takenUp: TakenUp | null = null;

  private constructor(options: HostOptions, workspace: Workspace, settings: Settings) {
    this.#options = options;
    this.#workspace = workspace;
    this.#settings = settings;
    const { home, dial, checker, log } = options;
    const hub = this.#hub;
    this.#processLeases = new ProcessLeases(log);
    this.#loads = new Loads({
      dial,
      checker,
      publish: (push) => hub.publish({ topic: 'load', clusterId: push.clusterId }, push),
    });
    const keptMiB = (): number => this.#settings.recordingMiB;
    const opened = new OpenedRecordings({
      home,
      log,
      publish: (list) => hub.publish({ topic: 'recordings' }, list),
    });
    this.#opened = opened;
    this.outside = new OutsideRequests({
      opened,
      log,
      publish: (push) => hub.publish({ topic: 'outside' }, push),
    });
    this.#clusters = new ClusterRegistry({ ...options, workspace, hub, keptMiB, opened });
    this.#recordings = new RecordingCalls(this.#clusters, opened);
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
    for (const saved of clusters) host.#clusters.manage(saved);
    await host.#opened.load();
    const { spawner, log } = options;
    host.#takenUp = await takeUp(host.#clusters.all(), spawner.outlivesHost, log);
    return { ok: true, value: host };
  }

  /** How many nodes run now. */
  get runningNodes(): number {
    return this.#clusters.allNodes().filter((node) => node.exists).length;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Calls `listener` with the present state of the topic and then with every push, until stopped. */
  subscribe(subscription: Subscription, listener: (payload: unknown) => void): () => void {
    if (subscription.topic === 'load') listener(this.#loads.present(subscription.clusterId));
    else if ('clusterId' in subscription) {
      const { topic, clusterId } = subscription;
      if (this.#recordings.present(topic, clusterId, listener)) return () => undefined;
      const present = this.#clusters.find(clusterId)?.presentState(topic);
      for (const payload of present ?? []) listener(payload);
    } else this.#presentOf(subscription.topic, listener);
    return this.#hub.subscribe(subscription, listener);
  }

  #presentOf(topic: AppTopic, listener: (payload: unknown) => void): void {
    if (topic === 'clusters') listener(this.#clusters.summaries());
    if (topic === 'recordings') listener(this.#opened.list());
    if (topic === 'settings') listener(this.#settings);
    if (topic === 'outside') listener(this.outside.present);
  }

  /** For a shell around the page: a command of its menu was chosen. */
  chooseFromMenu(command: string): void {
    this.#hub.publish({ topic: 'menu' }, { command });
  }

  /** Ends the host. Nodes go on only where they are processes that outlive it. */
  async close(options: { readonly nodes: 'keep' | 'stop' }): Promise<void> {
    this.#processLeases.close();
    await this.#loads.close();
    const keep = options.nodes === 'keep' && this.#options.spawner.outlivesHost;
    await this.#clusters.close(keep ? 'keep' : 'stop');
    await this.#opened.release();
    await this.#workspace.close();
  }

  /** Kills every node before it returns, for an end that cannot wait; what they acknowledged is on disk. */
  killNodes(): void {
    for (const node of this.#clusters.allNodes()) void node.kill();
  }

  async appInfo(): Promise<Result<AppInfo>> {
    const { info, home, spawner } = this.#options;
    const { isolation: processIsolation } = spawner;
    const takenUp = this.#takenUp;
    this.#takenUp = null;
    const { platform } = process;
    return { ok: true, value: { ...info, platform, home, processIsolation, takenUp } };
  }

  secretFile(): Promise<Result<SecretFile>> {
    return describeSecretFile(this.#options.home);
  }

  async getSettings(): Promise<Result<Settings>> {
    return { ok: true, value: this.#settings };
  }

  async setSettings(settings: Settings): Promise<Result<Settings>> {
    await this.#workspace.saveSettings(settings);
    this.#settings = settings;
    for (const { recording } of this.#clusters.all()) await recording.keep(settings.recordingMiB);
    this.#hub.publish({ topic: 'settings' }, settings);
    return { ok: true, value: settings };
  }

  async quit(request: CallRequest<'quit'>): Promise<Result<null>> {
    const { leave } = this.#options;
    if (leave === undefined) {
      return failure('E_STATE', 'This window is closed by its own menu. Nothing was done.');
    }
    // Once the answer is on its way.
    setImmediate(() => leave(request.nodes));
    return DONE;
  }

  async suggestPorts(
    request: CallRequest<'suggestPorts'>,
  ): Promise<Result<{ readonly basePort: number }>> {
    return this.#clusters.suggestPorts(request.nodes);
  }

  createCluster(request: CreateClusterRequest): Promise<Result<{ readonly clusterId: string }>> {
    return this.#clusters.create(request);
  }

  async startCluster(request: CallRequest<'startCluster'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => startNodes(cluster));
  }

  async stopCluster(request: CallRequest<'stopCluster'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => {
      this.#processLeases.forget(cluster);
      return stopNodes(cluster);
    });
  }

  async renameCluster(request: CallRequest<'renameCluster'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) =>
      this.#clusters.rename(cluster, request.name),
    );
  }

  async deleteCluster(request: CallRequest<'deleteCluster'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) => {
      if (request.confirmName !== cluster.name) {
        return failure(
          'E_CONFIRM',
          `Deleting removes all data of this cluster, so its name has to be typed. Nothing was deleted. Its name is '${cluster.name}'.`,
        );
      }
      this.#processLeases.forget(cluster);
      await this.#loads.forget(cluster.id);
      return this.#clusters.delete(cluster);
    });
  }

  async startNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node, cluster) => node.start(cluster.roleOf(node)));
  }

  async stopNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node) => node.stop());
  }

  async killNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node) => node.kill());
  }

  async freezeNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, async (node) => node.freeze());
  }

  async resumeNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, async (node) => node.resume());
  }

  async restartNode(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, async (node, cluster) => {
      const stopped = node.exists ? await node.stop() : DONE;
      return stopped.ok ? node.start(cluster.roleOf(node)) : stopped;
    });
  }

  async addPeer(request: CallRequest<'addPeer'>): Promise<Result<{ readonly nodeId: string }>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) =>
      addPeer(cluster, this.#clusters.reservedPorts()),
    );
  }

  async removePeer(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node, cluster) => removePeer(cluster, node));
  }

  async returnPeer(request: NodeRef): Promise<Result<ReturnedPeer>> {
    return this.#clusters.withNode(request, (node, cluster) => returnPeer(cluster, node));
  }

  async rebuildPeer(request: NodeRef): Promise<Result<{ readonly nodeId: string }>> {
    return this.#clusters.withNode(request, (node, cluster) =>
      rebuildPeer(cluster, node, this.#clusters.reservedPorts()),
    );
  }

  async transferLeadership(request: CallRequest<'transferLeadership'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) =>
      transferLeadership(cluster, request.nodeId),
    );
  }

  async takeSnapshot(request: NodeRef): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node, cluster) =>
      commandNode(cluster, node, ['RAFTSNAPSHOT']),
    );
  }

  async shrinkLog({ upTo, ...request }: CallRequest<'shrinkLog'>): Promise<Result<null>> {
    const words = upTo === undefined ? ['RAFTSHRINKLOG'] : ['RAFT', 'LOG', 'SHRINK', String(upTo)];
    return this.#clusters.withNode(request, (node, cluster) => commandNode(cluster, node, words));
  }

  async setFault(request: CallRequest<'setFault'>): Promise<Result<FaultRef>> {
    return this.#clusters.withNode(request, (node, cluster) => setFault(cluster, node, request));
  }

  async extendFault(request: CallRequest<'extendFault'>): Promise<Result<null>> {
    return this.#clusters.withNode(request, (node, cluster) => extendFault(cluster, node, request));
  }

  async healFaults(request: CallRequest<'healFaults'>): Promise<Result<HealedFaults>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => healFaults(cluster, request));
  }

  async leaseProcess(request: CallRequest<'leaseProcess'>): Promise<Result<null>> {
    return this.#clusters.withNode(request, async (node, cluster) =>
      this.#processLeases.set(cluster, node, request.leaseMs),
    );
  }

  async startLoad(request: CallRequest<'startLoad'>): Promise<Result<null>> {
    const { clusterId, ...load } = request;
    return this.#clusters.withCluster(clusterId, async (cluster) =>
      this.#loads.start(cluster, load),
    );
  }

  async stopLoad(request: CallRequest<'stopLoad'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) =>
      this.#loads.stop(cluster),
    );
  }

  async saveLoadHistory(request: CallRequest<'saveLoadHistory'>): Promise<Result<SavedHistory>> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => this.#loads.save(cluster));
  }

  async sendCommand(request: CallRequest<'sendCommand'>): Promise<Result<CommandOutcome>> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) => {
      if (request.nodeId === null) return runConsoleCommand(cluster, null, request);
      const node = cluster.node(request.nodeId);
      if (node === undefined) return noSuchNode(cluster, request.nodeId);
      return runConsoleCommand(cluster, node, request);
    });
  }

  nodeOutput(request: NodeRef): Promise<Result<readonly OutputLine[]>> {
    return this.#recordings.nodeOutput(request);
  }

  readRecording(request: CallRequest<'readRecording'>): Promise<Result<RecordingView>> {
    return this.#recordings.read(request);
  }

  readMetrics(request: CallRequest<'readMetrics'>): Promise<Result<MetricsView>> {
    return this.#recordings.metrics(request);
  }

  readMoment(request: CallRequest<'readMoment'>): Promise<Result<MomentView>> {
    return this.#recordings.moment(request);
  }

  findStep(request: CallRequest<'findStep'>): ReturnType<HostApi['findStep']> {
    return this.#recordings.step(request);
  }

  addBookmark(request: CallRequest<'addBookmark'>): Promise<Result<BookmarkView>> {
    return this.#recordings.addBookmark(request);
  }

  removeBookmark(request: CallRequest<'removeBookmark'>): Promise<Result<null>> {
    return this.#recordings.removeBookmark(request);
  }

  beginRecording(request: CallRequest<'beginRecording'>): ReturnType<HostApi['beginRecording']> {
    return this.#opened.begin(request);
  }

  sendRecording(request: CallRequest<'sendRecording'>): Promise<Result<null>> {
    return this.#opened.send(request);
  }

  openRecording(request: CallRequest<'openRecording'>): ReturnType<HostApi['openRecording']> {
    return this.#opened.finish(request);
  }

  cancelRecording(request: CallRequest<'cancelRecording'>): Promise<Result<null>> {
    return this.#opened.cancel(request);
  }

  closeRecording(request: CallRequest<'closeRecording'>): Promise<Result<null>> {
    return this.#opened.close(request.recordingId);
  }

  answerOutside(request: CallRequest<'answerOutside'>): ReturnType<HostApi['answerOutside']> {
    return this.outside.answer(request);
  }

  async scanKeys(request: CallRequest<'scanKeys'>): ReturnType<HostApi['scanKeys']> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => scanKeys(cluster, request));
  }

  async describeKeys(request: CallRequest<'describeKeys'>): ReturnType<HostApi['describeKeys']> {
    return this.#clusters.withCluster(request.clusterId, (cluster) =>
      describeKeys(cluster, request),
    );
  }

  async readValue(request: CallRequest<'readValue'>): ReturnType<HostApi['readValue']> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => readValue(cluster, request));
  }

  async compareKey(request: CallRequest<'compareKey'>): ReturnType<HostApi['compareKey']> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => compareKey(cluster, request));
  }

  async changeKey(request: CallRequest<'changeKey'>): ReturnType<HostApi['changeKey']> {
    return this.#clusters.withCluster(request.clusterId, (cluster) => changeKey(cluster, request));
  }

  async prepareDownload(
    request: CallRequest<'prepareDownload'>,
  ): ReturnType<HostApi['prepareDownload']> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) =>
      this.#downloads.offer(cluster, request, this.#options.info.version),
    );
  }

  /** The file that was offered under a token; a binding sends it to its page. */
  openDownload(token: string): Promise<Result<Download>> {
    return this.#downloads.open(token);
  }

  async restoreToNewCluster(
    request: CallRequest<'restoreToNewCluster'>,
  ): ReturnType<HostApi['restoreToNewCluster']> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) => {
      const source = restoreSource(cluster, request);
      if (!source.ok) return source;
      const { spawner } = this.#options;
      return this.#clusters.create(clusterLike(cluster, request), {
        restored: true,
        run: (made, ports) => restoreNodes(made, ports, source.value, spawner),
      });
    });
  }

  async replaceState(request: CallRequest<'replaceState'>): Promise<Result<null>> {
    return this.#clusters.withCluster(request.clusterId, async (cluster) => {
      const source = restoreSource(cluster, request);
      return source.ok ? replaceState(source.value, request.confirmName) : source;
    });
  }
}
