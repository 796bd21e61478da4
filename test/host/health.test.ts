import { expect, test } from 'vitest';

import type { NodeView } from '../../main/contract/model.ts';
import { computeHealth, STATUS_FRESH_MS } from '../../main/host/health.ts';
import {
  leaderStatusOf,
  memberOf,
  NOW_MS,
  nodeOf,
  progressOf,
  statusOf,
} from './status-fixture.ts';

const THREE = ['1', '2', '3'];

function health(
  nodes: readonly NodeView[],
  starting = false,
  leaderChangedAtMs: number = NOW_MS - 5000,
) {
  return computeHealth({
    nodes,
    nowMs: NOW_MS,
    starting,
    leaderChangedAtMs,
    lagMs: () => 700,
  });
}

const leader = nodeOf(leaderStatusOf('1', THREE));
const second = nodeOf(statusOf('2'));
const third = nodeOf(statusOf('3'));

/** A node that is not running any more; its last status is kept. */
function ended(node: NodeView, process: 'stopped' | 'crashed'): NodeView {
  return { ...node, process, connected: false, pid: null };
}

test('three voters that agree on a leader are healthy and can lose one', () => {
  expect(health([leader, second, third])).toEqual({
    level: 'healthy',
    sentence: 'Healthy: 3 of 3 voters, can lose 1',
    term: 3,
    leaderId: '1',
    leaderChangedAtMs: NOW_MS - 5000,
    agreeing: 3,
    answering: 3,
    voters: 3,
    votersUp: 3,
    quorum: 2,
    tolerance: 1,
    worstLagEntries: 0,
    worstLagMs: 0,
    worstLagId: '2',
    commitIndex: 10,
  });
});

test.each<[string, readonly NodeView[], string, string]>([
  [
    'a voter that crashed',
    [leader, second, ended(third, 'crashed')],
    'degraded',
    'Degraded: 2 of 3 voters, can lose none; node-3 has crashed',
  ],
  [
    'a frozen voter, whose socket stays open',
    [leader, second, { ...third, process: 'frozen' as const }],
    'degraded',
    'Degraded: 2 of 3 voters, can lose none; node-3 is frozen',
  ],
  [
    'a voter that has fallen silent',
    [leader, second, { ...third, heardAtMs: NOW_MS - STATUS_FRESH_MS - 1 }],
    'degraded',
    'Degraded: 2 of 3 voters, can lose none; node-3 does not answer',
  ],
  [
    'a voter that the leader does not hear, though it answers here',
    [
      nodeOf(
        leaderStatusOf('1', THREE, {
          followers: [progressOf('2'), { ...progressOf('3'), lastContactMs: 9000 }],
        }),
      ),
      second,
      third,
    ],
    'degraded',
    'Degraded: 2 of 3 voters, can lose none; node-1 does not hear node-3',
  ],
  [
    'a voter with a damaged log',
    [leader, second, nodeOf(statusOf('3', { health: 'damaged' }))],
    'degraded',
    'Degraded: 2 of 3 voters, can lose none; node-3 has a damaged log',
  ],
  [
    'a voter that still follows the old leader',
    [leader, second, nodeOf(statusOf('3', { term: 2, leaderId: '2' }))],
    'degraded',
    'Degraded: 3 of 3 voters, can lose 1; node-3 does not follow node-1 yet',
  ],
  [
    'one voter left of three, whose leader has not noticed',
    [leader, ended(second, 'stopped'), ended(third, 'crashed')],
    'no-leader',
    'No quorum: node-1 still leads, but 1 of 3 voters is up, 2 are needed',
  ],
  [
    'two voters left of five, none leading',
    [
      nodeOf(
        statusOf('2', {
          leaderId: null,
          members: ['1', '2', '3', '4', '5'].map((id) => memberOf(id)),
        }),
      ),
      nodeOf(statusOf('3', { leaderId: null })),
    ],
    'no-leader',
    'No leader: 2 of 5 voters are up, 3 are needed',
  ],
  [
    'an election',
    [
      nodeOf(statusOf('1', { role: 'candidate', term: 4, leaderId: null })),
      nodeOf(statusOf('2', { leaderId: null })),
      nodeOf(statusOf('3', { leaderId: null })),
    ],
    'no-leader',
    'No leader: 3 of 3 voters are up, node-1 stands in term 4',
  ],
  [
    'no leader and no candidate',
    [nodeOf(statusOf('1', { leaderId: null })), second, third],
    'no-leader',
    'No leader: 3 of 3 voters are up, none leads',
  ],
  [
    'processes that run and say nothing',
    [
      { ...leader, connected: false },
      { ...second, connected: false },
      { ...third, connected: false },
    ],
    'unknown',
    'Unknown: 3 nodes run, none answers',
  ],
  [
    'nothing running',
    [ended(leader, 'stopped'), ended(second, 'stopped'), ended(third, 'crashed')],
    'stopped',
    'Stopped: none of 3 nodes runs',
  ],
  [
    'a single node, which cannot be spared',
    [nodeOf(leaderStatusOf('1', ['1']))],
    'healthy',
    'Healthy: 1 of 1 voter, can lose none',
  ],
  [
    'two leaders in one term',
    [leader, nodeOf(leaderStatusOf('2', THREE)), third],
    'unknown',
    'node-1 and node-2 both say they lead term 3. This must never happen: keep their data.',
  ],
])('%s', (_name, nodes, level, sentence) => {
  const { level: gotLevel, sentence: gotSentence } = health(nodes);
  expect([gotLevel, gotSentence]).toEqual([level, sentence]);
});

test('the leader of the highest term is believed; a deposed one does not agree', () => {
  const deposed = nodeOf(leaderStatusOf('1', THREE, { term: 3 }));
  const elected = nodeOf(leaderStatusOf('2', THREE, { term: 4 }));
  const follower = nodeOf(statusOf('3', { term: 4, leaderId: '2' }));
  const result = health([deposed, elected, follower]);
  expect([result.leaderId, result.term, result.agreeing, result.answering]).toEqual(['2', 4, 2, 3]);
  expect(result.level).toBe('degraded');
});

test('voters are counted from the membership, not from the nodes that run here', () => {
  const withFour = nodeOf(leaderStatusOf('1', ['1', '2', '3', '9']));
  const result = health([withFour, second, third]);
  expect([result.voters, result.votersUp, result.quorum, result.tolerance]).toEqual([4, 3, 3, 0]);
  expect(result.sentence).toBe('Degraded: 3 of 4 voters, can lose none; node 9 is not known here');
});

test('a non-voter counts for nothing in the quorum, and its absence is still said', () => {
  const members = [memberOf('1'), memberOf('2'), memberOf('3'), memberOf('4', false)];
  const withNonVoter = nodeOf(
    leaderStatusOf('1', THREE, {
      members,
      followers: THREE.concat('4')
        .slice(1)
        .map((id) => progressOf(id)),
    }),
  );
  const fourth = nodeOf(statusOf('4', { voter: false }));
  expect(health([withNonVoter, second, third, fourth]).sentence).toBe(
    'Healthy: 3 of 3 voters, can lose 1',
  );
  expect(health([withNonVoter, second, third, ended(fourth, 'stopped')]).sentence).toBe(
    'Degraded: 3 of 3 voters, can lose 1; node-4 is stopped',
  );
});

test('the worst lag is that of the voter with the lowest match index', () => {
  const members = [...THREE.map((id) => memberOf(id)), memberOf('4', false)];
  const followers = [progressOf('2', 8), progressOf('3', 4), progressOf('4', 0)];
  const lagging = nodeOf(leaderStatusOf('1', THREE, { members, followers }));
  const result = health([lagging, second, third]);
  expect([result.worstLagId, result.worstLagEntries, result.worstLagMs]).toEqual(['3', 6, 700]);
});

test('a voter that a new leader has not heard yet has no lag, rather than all of the log', () => {
  const unheard = { ...progressOf('3', 0), state: 'probe' as const };
  const elected = nodeOf(leaderStatusOf('1', THREE, { followers: [progressOf('2', 8), unheard] }));
  const result = health([elected, second, third]);
  expect([result.worstLagId, result.worstLagEntries]).toEqual(['2', 2]);
});

test('a voter that came back counts when the leader has heard it or it follows the leader by then', () => {
  const followers = [progressOf('2'), { ...progressOf('3', 0), lastContactMs: null }];
  const unheard = nodeOf(leaderStatusOf('1', THREE, { followers }));
  const back = nodeOf(statusOf('3', { leaderId: null }));
  expect(health([unheard, second, back]).sentence).toBe(
    'Degraded: 2 of 3 voters, can lose none; node-1 does not hear node-3',
  );
  const started = { ...third, startedAtMs: NOW_MS - 900 };
  expect(health([unheard, second, started]).sentence).toBe('Healthy: 3 of 3 voters, can lose 1');
  // It hears the leader, and what it answers is lost: nothing that it has counts.
  expect(health([unheard, second, third]).sentence).toBe(
    'Degraded: 2 of 3 voters, can lose none; node-1 does not hear node-3',
  );
});

test('a leader elected this moment has heard nobody, and nobody is down for that', () => {
  const followers = ['2', '3'].map((id) => ({ ...progressOf(id, 0), lastContactMs: null }));
  const elected = nodeOf(leaderStatusOf('1', THREE, { followers }));
  const others = ['2', '3'].map((id) => nodeOf(statusOf(id, { leaderId: null })));
  expect(health([elected, ...others], false, NOW_MS - 1).votersUp).toBe(3);
});

test('a removed node does not count, whatever it says', () => {
  const removed = { ...ended(nodeOf(statusOf('4')), 'stopped'), removed: true };
  expect(health([leader, second, third, removed]).sentence).toBe(
    'Healthy: 3 of 3 voters, can lose 1',
  );
});

test('a cluster that is being created is not degraded by the nodes that are still to come', () => {
  const alone = nodeOf(leaderStatusOf('1', ['1']));
  const silent = { ...second, connected: false, status: null, process: 'starting' as const };
  expect(health([alone, silent], true)).toMatchObject({
    level: 'starting',
    sentence: 'Starting: 1 of 2 nodes answers',
  });
  expect(health([alone, silent], false).level).toBe('degraded');
});

test('while nodes are being started, silence is starting and not failure', () => {
  const silent = { ...second, connected: false, status: null, process: 'starting' as const };
  expect(
    health([{ ...leader, ...silent, id: '1' }, silent, { ...silent, id: '3' }], true),
  ).toMatchObject({
    level: 'starting',
    sentence: 'Starting: 0 of 3 nodes answer',
  });
  expect(health([leader, second, third], true).level).toBe('healthy');
});
