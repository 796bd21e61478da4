import type { Result } from '../../../main/contract/errors.ts';
import type {
  HostApi,
  HostCall,
  HostConnection,
  HostEvents,
  HostTopic,
  Subscription,
} from '../../../main/contract/host-api.ts';
import type { OutsideAsk, OutsideRequest } from '../../../main/contract/outside.ts';
import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import type { ClusterView, Settings } from '../../../main/contract/model.ts';
import { DEFAULT_SETTINGS } from '../../../main/contract/settings.ts';
import { bindApi } from '../api.ts';
import { failed } from '../calls.ts';
import { answerCall } from './fake-calls.ts';
import { advanceCluster, type FakeCluster } from './fake-cluster.ts';
import { fakeOutput } from './fake-output.ts';
import { fakeLoadView } from './fake-load.ts';
import { fakeEvents, fakeSummary, fakeView } from './fake-views.ts';

const READS: ReadonlySet<HostCall> = new Set(['scanKeys', 'describeKeys', 'readValue']);

interface Listener {
  readonly subscription: Subscription;
  readonly listener: (payload: unknown) => void;
  /** Up to when it has been told what the nodes printed. */
  outputToMs: number | null;
}

function asOpened(nowMs: number) {
  return ({ id, name, nodes }: FakeCluster): OpenedRecording => ({
    id,
    clusterName: name,
    host: 'build-7.example.org',
    savedAtMs: nowMs,
    version: '0.1.0',
    fromMs: nowMs - 20 * 60_000,
    toMs: nowMs,
    nodes: nodes.length,
    fileName: `${name}-2026-11-20T13-40-00Z.raftdeck-recording`,
    sizeBytes: 4_210_688,
  });
}

/**
 * A scripted host: no process, no network, and no clock but the one its owner moves. For unit tests,
 * and for looking at the window in situations that a real cluster is rarely in. It is not part of
 * the shipped page.
 */
export class FakeHost implements HostConnection {
  readonly api: HostApi;
  /** Every call made, in order. */
  readonly calls: { readonly name: HostCall; readonly request: unknown }[] = [];
  readonly clusters: FakeCluster[];
  /** Opened from files; what happened in one is scripted as a cluster of the same id. */
  recordings: readonly OpenedRecording[];
  settings: Settings = DEFAULT_SETTINGS;
  /** What a system has handed to the app. */
  outside: OutsideRequest | null = null;
  nowMs: number;
  /** Changes every view before it is pushed: for payloads that no script would make. */
  alter: (view: ClusterView) => ClusterView = (view) => view;
  /** Calls that are never answered and topics that nothing is told of: for what is shown meanwhile. */
  silent: ReadonlySet<string> = new Set();
  readonly #listeners = new Set<Listener>();
  readonly #stateListeners = new Set<(state: 'connecting' | 'open' | 'closed') => void>();

  constructor(clusters: readonly FakeCluster[], nowMs: number) {
    this.clusters = [...clusters];
    this.nowMs = nowMs;
    this.recordings = clusters.filter(({ id }) => id.startsWith('rec-')).map(asOpened(nowMs));
    this.api = bindApi((name, request) => this.#answer(name, request));
  }

  subscribe<T extends HostTopic>(
    subscription: Subscription & { readonly topic: T },
    listener: (payload: HostEvents[T]) => void,
  ): () => void {
    const entry: Listener = {
      subscription,
      listener: listener as (payload: unknown) => void,
      outputToMs: null,
    };
    this.#listeners.add(entry);
    this.#push(entry);
    return () => this.#listeners.delete(entry);
  }

  onState(listener: (state: 'connecting' | 'open' | 'closed') => void): () => void {
    this.#stateListeners.add(listener);
    listener('open');
    return () => this.#stateListeners.delete(listener);
  }

  /** The connection to the host breaks, or is there again. */
  setState(state: 'connecting' | 'open' | 'closed'): void {
    for (const listener of this.#stateListeners) listener(state);
  }

  /** Time passes; everybody hears of it, as with a real host a few times a second. */
  advance(elapsedMs: number): void {
    this.nowMs += elapsedMs;
    for (const cluster of this.clusters) advanceCluster(cluster, this.nowMs, elapsedMs);
    this.pushAll();
  }

  /** A system hands something to the app. */
  askFromOutside(ask: OutsideAsk): void {
    this.outside = { requestId: `outside-${String(this.calls.length + 1)}`, ask };
    this.pushAll();
  }

  /** A command is chosen from a menu around the page. */
  chooseFromMenu(command: string): void {
    for (const { subscription, listener } of this.#listeners) {
      if (subscription.topic === 'menu') listener({ command });
    }
  }

  pushAll(): void {
    for (const entry of this.#listeners) this.#push(entry);
  }

  #push(entry: Listener): void {
    const { subscription, listener } = entry;
    if (this.silent.has(subscription.topic)) return;
    switch (subscription.topic) {
      case 'clusters':
        listener(
          this.clusters
            .filter(({ id }) => !this.recordings.some((recording) => recording.id === id))
            .map((cluster) => fakeSummary(cluster, this.nowMs)),
        );
        return;
      case 'settings':
        listener(this.settings);
        return;
      case 'recordings':
        listener(this.recordings);
        return;
      case 'outside':
        listener({ request: this.outside });
        return;
      case 'menu':
        return;
      case 'load':
      case 'cluster':
      case 'events':
      case 'output': {
        const cluster = this.clusters.find(({ id }) => id === subscription.clusterId);
        if (cluster === undefined) return;
        if (subscription.topic === 'cluster') listener(this.alter(fakeView(cluster, this.nowMs)));
        else if (subscription.topic === 'load') {
          listener({ clusterId: cluster.id, load: fakeLoadView(cluster, this.nowMs) });
        } else if (subscription.topic === 'events') {
          listener({ clusterId: cluster.id, events: fakeEvents(cluster, this.nowMs) });
        } else {
          const lines = fakeOutput(cluster, entry.outputToMs, this.nowMs);
          entry.outputToMs = this.nowMs;
          if (lines.length > 0) listener({ clusterId: cluster.id, lines });
        }
      }
    }
  }

  async #answer(name: HostCall, request: unknown): Promise<Result<unknown>> {
    this.calls.push({ name, request });
    if (this.silent.has(name)) return new Promise(() => undefined);
    const result = answerCall(this, name, request);
    // What is only read changes no picture.
    if (!READS.has(name)) this.pushAll();
    return result ?? failed('E_INTERNAL', `The scripted host has no answer to ${name}.`);
  }
}
