import type { CallRequest } from '../../main/contract/check.ts';
import type { Result } from '../../main/contract/errors.ts';
import type { HostCall, HostTopic, Subscription } from '../../main/contract/host-api.ts';
import type { HostService } from '../../main/host/client-session.ts';

/** A call as the host received it. */
export interface ReceivedCall {
  readonly name: HostCall;
  readonly request: unknown;
}

/** What a fake host answers: for each call, or always the same. */
type Answer = (call: ReceivedCall) => Promise<Result<unknown>>;

/** A host that records what reaches it and answers and pushes what a test tells it to. */
export class FakeHost {
  readonly calls: ReceivedCall[] = [];
  answer: Answer = async () => ({ ok: true, value: null });
  download: HostService['openDownload'] = async () => {
    return {
      ok: false,
      error: { code: 'E_NOT_FOUND', message: 'This download was fetched already.' },
    };
  };
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>();

  /** How many subscriptions there are now. */
  get subscriptions(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Pushes to whoever listens to that. */
  push(subscription: Subscription, payload: unknown): void {
    for (const listener of this.#listeners.get(keyOf(subscription)) ?? []) listener(payload);
  }

  /** This host as a binding sees it. */
  readonly service: HostService = {
    appInfo: this.#bind('appInfo'),
    secretFile: this.#bind('secretFile'),
    getSettings: this.#bind('getSettings'),
    setSettings: this.#bind('setSettings'),
    quit: this.#bind('quit'),
    suggestPorts: this.#bind('suggestPorts'),
    createCluster: this.#bind('createCluster'),
    startCluster: this.#bind('startCluster'),
    stopCluster: this.#bind('stopCluster'),
    renameCluster: this.#bind('renameCluster'),
    deleteCluster: this.#bind('deleteCluster'),
    startNode: this.#bind('startNode'),
    stopNode: this.#bind('stopNode'),
    killNode: this.#bind('killNode'),
    freezeNode: this.#bind('freezeNode'),
    resumeNode: this.#bind('resumeNode'),
    restartNode: this.#bind('restartNode'),
    addPeer: this.#bind('addPeer'),
    removePeer: this.#bind('removePeer'),
    returnPeer: this.#bind('returnPeer'),
    rebuildPeer: this.#bind('rebuildPeer'),
    transferLeadership: this.#bind('transferLeadership'),
    takeSnapshot: this.#bind('takeSnapshot'),
    shrinkLog: this.#bind('shrinkLog'),
    setFault: this.#bind('setFault'),
    extendFault: this.#bind('extendFault'),
    healFaults: this.#bind('healFaults'),
    leaseProcess: this.#bind('leaseProcess'),
    startLoad: this.#bind('startLoad'),
    stopLoad: this.#bind('stopLoad'),
    saveLoadHistory: this.#bind('saveLoadHistory'),
    sendCommand: this.#bind('sendCommand'),
    nodeOutput: this.#bind('nodeOutput'),
    readRecording: this.#bind('readRecording'),
    readMetrics: this.#bind('readMetrics'),
    readMoment: this.#bind('readMoment'),
    findStep: this.#bind('findStep'),
    addBookmark: this.#bind('addBookmark'),
    removeBookmark: this.#bind('removeBookmark'),
    beginRecording: this.#bind('beginRecording'),
    sendRecording: this.#bind('sendRecording'),
    openRecording: this.#bind('openRecording'),
    cancelRecording: this.#bind('cancelRecording'),
    closeRecording: this.#bind('closeRecording'),
    answerOutside: this.#bind('answerOutside'),
    scanKeys: this.#bind('scanKeys'),
    describeKeys: this.#bind('describeKeys'),
    readValue: this.#bind('readValue'),
    compareKey: this.#bind('compareKey'),
    changeKey: this.#bind('changeKey'),
    prepareDownload: this.#bind('prepareDownload'),
    restoreToNewCluster: this.#bind('restoreToNewCluster'),
    replaceState: this.#bind('replaceState'),
    openDownload: (token) => this.download(token),
    subscribe: (subscription, listener) => {
      const key = keyOf(subscription);
      const listeners = this.#listeners.get(key) ?? new Set();
      this.#listeners.set(key, listeners);
      listeners.add(listener);
      listener({ present: subscription.topic satisfies HostTopic });
      return () => listeners.delete(listener);
    },
  };

  #bind<T>(name: HostCall): (request: CallRequest<HostCall>) => Promise<Result<T>> {
    return async (request) => {
      this.calls.push({ name, request });
      // A test answers with what its call returns.
      return (await this.answer({ name, request })) as Result<T>;
    };
  }
}

function keyOf(subscription: Subscription): string {
  return 'clusterId' in subscription
    ? `${subscription.topic}/${subscription.clusterId}`
    : subscription.topic;
}
