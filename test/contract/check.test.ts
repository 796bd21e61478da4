import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CALL_CHECKS, checkSubscription, isHostCall } from '../../main/contract/check.ts';
import type { Result } from '../../main/contract/errors.ts';
import type { HostCall } from '../../main/contract/host-api.ts';
import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';

/** A valid request for every call: the compiler asks for a row when a call is added. */
const VALID: { readonly [C in HostCall]: unknown } = {
  appInfo: {},
  secretFile: {},
  getSettings: {},
  setSettings: { ...DEFAULT_SETTINGS, theme: 'dark', keys: { kill: 'Ctrl+Alt+X' } },
  quit: { nodes: 'keep' },
  suggestPorts: { nodes: 3 },
  createCluster: { nodes: 3, name: 'orders', basePort: 7481, machine: 'kv', backend: 'memory' },
  startCluster: { clusterId: 'c1' },
  stopCluster: { clusterId: 'c1' },
  renameCluster: { clusterId: 'c1', name: 'Bestellungen — alt' },
  deleteCluster: { clusterId: 'c1', confirmName: 'orders' },
  startNode: { clusterId: 'c1', nodeId: '2' },
  stopNode: { clusterId: 'c1', nodeId: '2' },
  killNode: { clusterId: 'c1', nodeId: '2' },
  freezeNode: { clusterId: 'c1', nodeId: '2' },
  resumeNode: { clusterId: 'c1', nodeId: '2' },
  restartNode: { clusterId: 'c1', nodeId: '2' },
  addPeer: { clusterId: 'c1' },
  removePeer: { clusterId: 'c1', nodeId: '2' },
  returnPeer: { clusterId: 'c1', nodeId: '2' },
  rebuildPeer: { clusterId: 'c1', nodeId: '2' },
  transferLeadership: { clusterId: 'c1', nodeId: null },
  takeSnapshot: { clusterId: 'c1', nodeId: '2' },
  shrinkLog: { clusterId: 'c1', nodeId: '2', upTo: 40 },
  setFault: {
    ...{ clusterId: 'c1', nodeId: '2', leaseMs: 30_000 },
    fault: { kind: 'link-delay', peerId: '1', direction: 'out', delayMs: 200, jitterMs: 50 },
  },
  extendFault: { clusterId: 'c1', nodeId: '2', faultId: 'f1', leaseMs: 30_000 },
  healFaults: { clusterId: 'c1', nodeId: null, faultId: null },
  leaseProcess: { clusterId: 'c1', nodeId: '2', leaseMs: 30_000 },
  startLoad: {
    ...{ clusterId: 'c1', clients: 24, readPercent: 50, keys: 64 },
    ...{ opsPerSecond: 200, durationMs: 60_000 },
  },
  stopLoad: { clusterId: 'c1' },
  saveLoadHistory: { clusterId: 'c1' },
  sendCommand: { clusterId: 'c1', nodeId: null, args: ['SET', 'k', ''], followRedirects: true },
  nodeOutput: { clusterId: 'c1', nodeId: '2' },
  readRecording: { clusterId: 'c1', fromMs: 1_000.5, toMs: 2_000 },
  readMetrics: { clusterId: 'c1', fromMs: 1_000, toMs: 2_000 },
  readMoment: { clusterId: 'c1', atMs: 1_000.123 },
  findStep: { clusterId: 'c1', atMs: 1_000, direction: 'next', kind: 'term' },
  addBookmark: { clusterId: 'c1', atMs: 1_000, label: 'here it began' },
  removeBookmark: { clusterId: 'c1', bookmarkId: 'a1b2' },
  beginRecording: { fileName: 'lab 1 – späte Nacht.raftdeck-recording', sizeBytes: 12_345 },
  sendRecording: { uploadId: 'rec-1a2b3c4d', offset: 524_288, base64: 'UkFGVA==' },
  openRecording: { uploadId: 'rec-1a2b3c4d' },
  cancelRecording: { uploadId: 'rec-1a2b3c4d' },
  closeRecording: { recordingId: 'rec-1a2b3c4d' },
  answerOutside: { requestId: 'outside-1', accept: true },
  scanKeys: { clusterId: 'c1', nodeId: null, cursor: '0', match: 'dXNlcjoq', count: 1_000 },
  describeKeys: { clusterId: 'c1', nodeId: '2', keys: ['dXNlcjo3', ''] },
  readValue: { clusterId: 'c1', nodeId: null, key: 'dXNlcjo3', offset: 0, limit: 65_536 },
  compareKey: { clusterId: 'c1', key: '/w==' },
  changeKey: { clusterId: 'c1', key: '/w==', change: { type: 'create', value: '', ttlMs: 60_000 } },
  prepareDownload: {
    clusterId: 'c1',
    source: { type: 'snapshot', nodeId: '1', snapshotId: '7-151200' },
  },
  restoreToNewCluster: { clusterId: 'c1', nodeId: '1', snapshotId: '7-151200', nodes: 3 },
  replaceState: { clusterId: 'c1', nodeId: '1', snapshotId: '7-151200', confirmName: 'lab' },
};

const DROP = { kind: 'link-drop', peerId: '2', direction: 'in' };

/** A request to set such a fault. */
function faulty(fault: unknown): object {
  return { ...(VALID.setFault as object), fault };
}

const CALLS = Object.keys(VALID) as HostCall[];

function check(call: HostCall, request: unknown): Result<unknown> {
  return CALL_CHECKS[call](request, 'request');
}

/** A list with a hole, which `every` and `map` would skip. */
function sparse(): string[] {
  const list = new Array<string>(3);
  list[0] = 'GET';
  list[2] = 'x';
  return list;
}

function fieldAtFault(result: Result<unknown>): string | undefined {
  if (result.ok) return undefined;
  expect(result.error.code).toBe('E_ARGS');
  return result.error.field;
}

test('every call accepts its valid request and returns an equal, fresh copy', () => {
  for (const call of CALLS) {
    const result = check(call, VALID[call]);
    expect({ call, result }).toEqual({ call, result: { ok: true, value: VALID[call] } });
    expect(result.ok && result.value === VALID[call]).toBe(false);
  }
});

test('a field too many is refused by name in every call', () => {
  for (const call of CALLS) {
    const request = { ...(VALID[call] as object), surprise: 1 };
    expect(fieldAtFault(check(call, request))).toBe('surprise');
  }
});

test('a field that JSON calls __proto__ is a field too many and changes no prototype', () => {
  for (const call of CALLS) {
    const valid = JSON.stringify(VALID[call]);
    const separator = valid === '{}' ? '' : ',';
    const request: unknown = JSON.parse(
      `${valid.slice(0, -1)}${separator}"__proto__":{"nodes":9,"polluted":true}}`,
    );
    expect(fieldAtFault(check(call, request))).toBe('__proto__');
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('fields that come from a prototype count as missing, foreign prototypes are refused', () => {
  const inherited: unknown = Object.create({ clusterId: 'c1' });
  expect(fieldAtFault(check('startCluster', inherited))).toBe('request');
  const bare: unknown = Object.assign(Object.create(null) as object, { clusterId: 'c1' });
  expect(check('startCluster', bare)).toEqual({ ok: true, value: { clusterId: 'c1' } });
});

test('a getter is never run', () => {
  let runs = 0;
  const request = {
    get clusterId() {
      runs += 1;
      return 'c1';
    },
  };
  expect(fieldAtFault(check('startCluster', request))).toBe('clusterId');
  expect(runs).toBe(0);
});

test('what is not an object is refused', () => {
  for (const request of [undefined, null, 1, 'x', true, [], [{}], () => 1, new Map()]) {
    for (const call of CALLS) expect(fieldAtFault(check(call, request))).toBe('request');
  }
});

test.each<[HostCall, object, string]>([
  ['createCluster', { nodes: 2 }, 'nodes'],
  ['createCluster', { nodes: '3' }, 'nodes'],
  ['createCluster', { nodes: 3, basePort: 80 }, 'basePort'],
  ['createCluster', { nodes: 3, basePort: 65_534 }, 'basePort'],
  ['createCluster', { nodes: 3, basePort: 7481.5 }, 'basePort'],
  ['createCluster', { nodes: 3, name: '' }, 'name'],
  ['createCluster', { nodes: 3, name: ' x' }, 'name'],
  ['createCluster', { nodes: 3, name: 'x\u202egnp' }, 'name'],
  ['createCluster', { nodes: 3, name: 'x\n' }, 'name'],
  ['createCluster', { nodes: 3, name: 'x'.repeat(61) }, 'name'],
  ['createCluster', { nodes: 3, machine: '--home=/' }, 'machine'],
  ['createCluster', { nodes: 3, backend: 'constructor' }, 'backend'],
  ['startCluster', { clusterId: '../../etc' }, 'clusterId'],
  ['startCluster', { clusterId: '..' }, 'clusterId'],
  ['startCluster', { clusterId: 'a/b' }, 'clusterId'],
  ['startCluster', { clusterId: 'x'.repeat(41) }, 'clusterId'],
  ['startNode', { clusterId: 'c1', nodeId: 2 }, 'nodeId'],
  ['startNode', { clusterId: 'c1', nodeId: '' }, 'nodeId'],
  ['sendCommand', { ...(VALID.sendCommand as object), args: [] }, 'args'],
  ['sendCommand', { ...(VALID.sendCommand as object), args: 'GET k' }, 'args'],
  ['sendCommand', { ...(VALID.sendCommand as object), args: [''] }, 'args[0]'],
  ['sendCommand', { ...(VALID.sendCommand as object), args: ['GET', 1] }, 'args[1]'],
  ['sendCommand', { ...(VALID.sendCommand as object), args: sparse() }, 'args[1]'],
  ['sendCommand', { ...(VALID.sendCommand as object), followRedirects: 1 }, 'followRedirects'],
  ['setFault', { ...(VALID.setFault as object), leaseMs: 99 }, 'leaseMs'],
  ['setFault', { ...(VALID.setFault as object), leaseMs: 600_001 }, 'leaseMs'],
  ['setFault', faulty({ kind: 'disk-full', delayMs: 1 }), 'delayMs'],
  ['setFault', faulty({ kind: 'disk-slow' }), 'delayMs'],
  ['setFault', faulty({ kind: 'disk-slow', delayMs: 0 }), 'delayMs'],
  ['setFault', faulty({ kind: 'constructor' }), 'kind'],
  ['setFault', faulty({ kind: 'link-cut', direction: 'in' }), 'peerId'],
  ['setFault', faulty({ kind: 'link-cut', peerId: '2', direction: 'both' }), 'direction'],
  ['setFault', faulty({ kind: 'link-cut', peerId: '2 OUT', direction: 'in' }), 'peerId'],
  ['setFault', faulty({ ...DROP, probability: 0 }), 'probability'],
  ['setFault', faulty({ ...DROP, probability: 1.1 }), 'probability'],
  ['setFault', faulty({ ...DROP, probability: Number.NaN }), 'probability'],
  ['setFault', faulty({ kind: 'clock-offset', offsetMs: 0 }), 'offsetMs'],
  ['setFault', faulty(null), 'fault'],
  ['extendFault', { ...(VALID.extendFault as object), faultId: 'ALL' }, 'faultId'],
  ['healFaults', { clusterId: 'c1', nodeId: null, faultId: 'f1' }, 'nodeId'],
  ['leaseProcess', { clusterId: 'c1', nodeId: '2', leaseMs: 600_001 }, 'leaseMs'],
  ['startLoad', { ...(VALID.startLoad as object), clients: 65 }, 'clients'],
  ['startLoad', { ...(VALID.startLoad as object), readPercent: 100 }, 'readPercent'],
  ['startLoad', { ...(VALID.startLoad as object), durationMs: 1.5 }, 'durationMs'],
  ['setSettings', { theme: 'dark', motion: 'calm' }, 'quit'],
  ['setSettings', { ...DEFAULT_SETTINGS, theme: 'pink' }, 'theme'],
  ['setSettings', { ...DEFAULT_SETTINGS, recordingMiB: 15 }, 'recordingMiB'],
  ['setSettings', { ...DEFAULT_SETTINGS, notify: 'yes' }, 'notify'],
  ['setSettings', { ...DEFAULT_SETTINGS, keys: ['K'] }, 'keys'],
  ['setSettings', { ...DEFAULT_SETTINGS, keys: { Kill: 'K' } }, 'keys'],
  ['setSettings', { ...DEFAULT_SETTINGS, keys: { kill: 'Ctrl+' } }, 'keys.kill'],
  ['setSettings', { ...DEFAULT_SETTINGS, keys: { kill: 3 } }, 'keys.kill'],
  ['suggestPorts', { nodes: Number.NaN }, 'nodes'],
  ['scanKeys', { ...(VALID.scanKeys as object), cursor: '-1' }, 'cursor'],
  ['scanKeys', { ...(VALID.scanKeys as object), match: 'user:*' }, 'match'],
  ['scanKeys', { ...(VALID.scanKeys as object), count: 5_001 }, 'count'],
  ['describeKeys', { ...(VALID.describeKeys as object), keys: ['a'] }, 'keys[0]'],
  ['readValue', { ...(VALID.readValue as object), limit: 524_289 }, 'limit'],
  ['changeKey', { clusterId: 'c1', key: '', change: { type: 'rename' } }, 'change.type'],
  ['changeKey', { clusterId: 'c1', key: '', change: { type: 'set' } }, 'value'],
  ['changeKey', { clusterId: 'c1', key: '', change: { type: 'expire', ttlMs: 0 } }, 'ttlMs'],
  ['prepareDownload', { clusterId: 'c1', source: { type: 'file', path: '/etc' } }, 'path'],
  ['restoreToNewCluster', { ...(VALID.restoreToNewCluster as object), nodes: 2 }, 'nodes'],
  ['replaceState', { ...(VALID.replaceState as object), snapshotId: '../7' }, 'snapshotId'],
])('%s refuses %j because of %s', (call, request, field) => {
  expect(fieldAtFault(check(call, request))).toBe(field);
});

test('a huge command is refused as a whole, not cut', () => {
  const half = 'x'.repeat(300 * 1024);
  const request = { ...(VALID.sendCommand as object), args: ['SET', half, half] };
  expect(fieldAtFault(check('sendCommand', request))).toBe('args');
});

test('only the calls of the table are calls', () => {
  expect(CALLS.every(isHostCall)).toBe(true);
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 7, null]) {
    expect(isHostCall(name)).toBe(false);
  }
});

test('a subscription names its cluster exactly when its topic is about one', () => {
  expect(checkSubscription({ topic: 'clusters' }).ok).toBe(true);
  expect(checkSubscription({ topic: 'events', clusterId: 'c1' }).ok).toBe(true);
  expect(fieldAtFault(checkSubscription({ topic: 'events' }))).toBe('clusterId');
  expect(fieldAtFault(checkSubscription({ topic: 'settings', clusterId: 'c1' }))).toBe('clusterId');
  expect(fieldAtFault(checkSubscription({ topic: 'toString', clusterId: 'c1' }))).toBe('topic');
  expect(fieldAtFault(checkSubscription(['clusters']))).toBe('request');
});

test('any value at all gets a result, never an exception', () => {
  const anyRequest = fc.oneof(
    fc.anything({
      withNullPrototype: true,
      withMap: true,
      withBigInt: true,
      withSparseArray: true,
    }),
    fc.record(
      {
        clusterId: fc.anything(),
        nodeId: fc.anything(),
        args: fc.anything(),
        name: fc.anything(),
        nodes: fc.anything(),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...CALLS), anyRequest, (call, request) => {
      const result = check(call, request);
      if (!result.ok) expect(result.error.code).toBe('E_ARGS');
      const subscription = checkSubscription(request);
      if (!subscription.ok) expect(subscription.error.code).toBe('E_ARGS');
    }),
    { numRuns: 2000 },
  );
});
