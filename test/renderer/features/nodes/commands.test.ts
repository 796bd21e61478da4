import { expect, test } from 'vitest';

import type { ClusterView, NodeView } from '../../../../main/contract/model.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import {
  addPeerCommand,
  commandAddress,
  redisCli,
  removeCommand,
  shellWord,
  shrinkCommand,
  signalCommand,
  snapshotCommand,
  splitAddress,
  transferCommand,
} from '../../../../renderer/features/nodes/commands.ts';

const NOW_MS = 1_700_000_000_000;

function view(scenario: string): ClusterView {
  const cluster = FAKE_SCENARIOS[scenario]?.(NOW_MS)[0];
  if (cluster === undefined) throw new Error(`no scenario ${scenario}`);
  return fakeView(cluster, NOW_MS);
}

function nodeOf(cluster: ClusterView, id: string): NodeView {
  const node = cluster.nodes.find((one) => one.id === id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
}

test.each([
  ['plain', 'plain'],
  ['127.0.0.1:7481', '127.0.0.1:7481'],
  ['two words', "'two words'"],
  ['', "''"],
  ["it's", `'it'\\''s'`],
  ['$(rm -rf /)', "'$(rm -rf /)'"],
  ['`x`', "'`x`'"],
  ['a;b', "'a;b'"],
])('%s is one word for a shell', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test.each([
  ['127.0.0.1:7481', { host: '127.0.0.1', port: '7481' }],
  ['[::1]:7481', { host: '::1', port: '7481' }],
  ['db.internal:7481', { host: 'db.internal', port: '7481' }],
])('the address %s has a host and a port', (address, parts) => {
  expect(splitAddress(address)).toEqual(parts);
});

test('redis-cli needs no host for this machine, and one for any other', () => {
  expect(redisCli('127.0.0.1:7481', [], { followMoved: true })).toBe('redis-cli -c -p 7481');
  expect(redisCli('[::1]:7481', ['PING'])).toBe('redis-cli -h ::1 -p 7481 PING');
});

test('each action is a line that does the same', () => {
  const cluster = view('healthy');
  const second = nodeOf(cluster, '2');
  expect([
    signalCommand('TERM', second),
    signalCommand('KILL', second),
    signalCommand('STOP', second),
    transferCommand(cluster, second),
    removeCommand(cluster, second),
    addPeerCommand(cluster, '127.0.0.1:7484'),
    snapshotCommand(second),
    shrinkCommand(second),
  ]).toEqual([
    'kill -TERM 51230',
    'kill -KILL 51230',
    'kill -STOP 51230',
    'redis-cli -p 7481 RAFT SERVER TRANSFER 2',
    'redis-cli -p 7481 RAFTREMOVEPEER 127.0.0.1:7482',
    'redis-cli -p 7481 RAFTADDPEER 127.0.0.1:7484',
    'redis-cli -p 7482 RAFTSNAPSHOT',
    'redis-cli -p 7482 RAFTSHRINKLOG',
  ]);
});

test('membership is asked of the leader, or of anybody who answers while nobody leads', () => {
  expect(commandAddress(view('degraded'))).toBe('127.0.0.1:7482');
  expect(commandAddress(view('no-leader'))).toBe('127.0.0.1:7483');
});

test('where nobody answers there is no command to type, and without a process no signal', () => {
  const stopped = view('stopped');
  expect(commandAddress(stopped)).toBeNull();
  expect(removeCommand(stopped, nodeOf(stopped, '2'))).toBeNull();
  expect(signalCommand('KILL', nodeOf(stopped, '2'))).toBeNull();
});
