import type { Result } from '../../main/contract/errors.ts';
import type { HostApi, HostCall } from '../../main/contract/host-api.ts';

/** One way to reach the host: a name and a request go out, a Result comes back. */
export type SendCall = (name: HostCall, request: unknown) => Promise<Result<unknown>>;

/**
 * Gives `send` the typed shape of the whole API. The one place where the type of a reply is asserted:
 * the host answers in the contract's shapes, being built from the same files.
 */
export function bindApi(send: SendCall): HostApi {
  const bind = <T>(name: HostCall) => {
    return (request: unknown) => send(name, request) as Promise<Result<T>>;
  };
  return {
    appInfo: bind('appInfo'),
    secretFile: bind('secretFile'),
    getSettings: bind('getSettings'),
    setSettings: bind('setSettings'),
    quit: bind('quit'),
    suggestPorts: bind('suggestPorts'),
    createCluster: bind('createCluster'),
    startCluster: bind('startCluster'),
    stopCluster: bind('stopCluster'),
    renameCluster: bind('renameCluster'),
    deleteCluster: bind('deleteCluster'),
    startNode: bind('startNode'),
    stopNode: bind('stopNode'),
    killNode: bind('killNode'),
    freezeNode: bind('freezeNode'),
    resumeNode: bind('resumeNode'),
    restartNode: bind('restartNode'),
    addPeer: bind('addPeer'),
    removePeer: bind('removePeer'),
    returnPeer: bind('returnPeer'),
    rebuildPeer: bind('rebuildPeer'),
    transferLeadership: bind('transferLeadership'),
    takeSnapshot: bind('takeSnapshot'),
    shrinkLog: bind('shrinkLog'),
    setFault: bind('setFault'),
    extendFault: bind('extendFault'),
    healFaults: bind('healFaults'),
    leaseProcess: bind('leaseProcess'),
    startLoad: bind('startLoad'),
    stopLoad: bind('stopLoad'),
    saveLoadHistory: bind('saveLoadHistory'),
    sendCommand: bind('sendCommand'),
    nodeOutput: bind('nodeOutput'),
    readRecording: bind('readRecording'),
    readMetrics: bind('readMetrics'),
    readMoment: bind('readMoment'),
    findStep: bind('findStep'),
    addBookmark: bind('addBookmark'),
    removeBookmark: bind('removeBookmark'),
    beginRecording: bind('beginRecording'),
    sendRecording: bind('sendRecording'),
    openRecording: bind('openRecording'),
    cancelRecording: bind('cancelRecording'),
    closeRecording: bind('closeRecording'),
    answerOutside: bind('answerOutside'),
    scanKeys: bind('scanKeys'),
    describeKeys: bind('describeKeys'),
    readValue: bind('readValue'),
    compareKey: bind('compareKey'),
    changeKey: bind('changeKey'),
    prepareDownload: bind('prepareDownload'),
    restoreToNewCluster: bind('restoreToNewCluster'),
    replaceState: bind('replaceState'),
  };
}
