import { expect, test } from 'vitest';

import type { ClusterView, EventView } from '../../../../main/contract/model.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { statementOf } from '../../../../renderer/features/overview/inspector-facts.ts';
import { factsOf, type NodeFacts } from '../../../../renderer/features/overview/node-facts.ts';
import {
  motionCaption,
  type RingModel,
  ringModel,
} from '../../../../renderer/features/overview/ring-model.ts';
import { recordCampaigns } from '../../../../renderer/state/campaigns.ts';
import { emptyHistory, recordView } from '../../../../renderer/state/history.ts';

const NOW_MS = 1_700_000_000_000;

interface Picture {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly model: RingModel;
}

function picture(
  scenario: string,
  change: (view: ClusterView) => ClusterView = (v) => v,
  events: readonly EventView[] = [],
): Picture {
  const cluster = FAKE_SCENARIOS[scenario]?.(NOW_MS)[0];
  if (cluster === undefined) throw new Error(`no scenario ${scenario}`);
  const view = change(fakeView(cluster, NOW_MS));
  const facts = factsOf(view, NOW_MS);
  const history = recordView(emptyHistory(view.id), view);
  const campaigns = recordCampaigns({}, events);
  return { view, facts, model: ringModel(facts, { view, history, campaigns }, NOW_MS) };
}

function faces({ facts }: Picture): readonly string[] {
  return facts.map(({ node, face }) => `${node.id} ${face.kind}: ${face.letter} ${face.word}`);
}

function labels({ model }: Picture): readonly string[] {
  return model.nodes.map(({ label }) =>
    `${label.fact} | ${label.age} | ${label.tone}`.replaceAll('\u00A0', ' '),
  );
}

function edges({ model }: Picture): readonly string[] {
  return model.edges.map(({ from, to, kind }) => `${String(from)}→${String(to)} ${kind}`);
}

test('a healthy cluster: one leads, the others follow and are fed', () => {
  const healthy = picture('healthy');
  expect(faces(healthy)).toEqual([
    '1 leader: L Leader',
    '2 follower: F Follower',
    '3 follower: F Follower',
  ]);
  expect(edges(healthy)).toEqual(['0→1 replicating', '0→2 replicating']);
  expect(healthy.model.orbitSolid).toEqual([true, true, true]);
  expect(labels(healthy)[0]).toBe('last 153,312 | leads for 43.8 s | normal');
  expect(labels(healthy)[2]).toMatch(/^4 behind \| heard \d+ ms ago \| normal$/);
});

test('a killed node: a square, no edge, an open orbit, and the reason beside it', () => {
  const degraded = picture('degraded');
  expect(faces(degraded)[0]).toBe('1 down: ✕ Killed');
  expect(labels(degraded)[0]).toBe('killed 9.8 s ago | last had 152,446 | normal');
  expect(edges(degraded)).toEqual(['1→0 none', '1→2 replicating']);
  expect(degraded.model.orbitSolid).toEqual([false, true, false]);
});

test('a follower whose answers take longer than half an election timeout stands out', () => {
  const slow = picture('degraded');
  expect(slow.facts[2]?.lags).toBe(true);
  expect(labels(slow)[2]).toContain('| danger');
  expect(slow.model.edges[1]?.slow).toBe(true);
});

test('a fault on a link hatches the way it works on, whichever end reports it', () => {
  expect(picture('degraded').model.edges.map(({ fault }) => fault)).toEqual([null, 'append']);
  const reported = (nodeId: string, peerId: string, direction: 'in' | 'out'): unknown => {
    const fault = {
      ...{ id: 'f1', kind: 'link-cut', description: 'cut', peerId, direction, leaseMs: 1 },
      ...{ measured: '1 of 1 messages lost', seen: 1, stopped: 1, shifted: 0 },
      ...{ meanMs: null, extremeMs: null, bytesPerSecond: null },
    };
    const { model } = picture('healthy', (view) => ({
      ...view,
      nodes: view.nodes.map((node) =>
        node.id !== nodeId || node.status === null
          ? node
          : { ...node, status: { ...node.status, faults: [fault] } },
      ),
    }));
    return model.edges.map((edge) => edge.fault);
  };
  expect(reported('1', '2', 'out')).toEqual(['append', null]);
  expect(reported('1', '2', 'in')).toEqual(['ack', null]);
  expect(reported('2', '1', 'out')).toEqual(['ack', null]);
  expect(reported('2', '1', 'in')).toEqual(['append', null]);
  // A link between two followers is no edge of the picture.
  expect(reported('2', '3', 'out')).toEqual([null, null]);
});

test('a few entries behind are ordinary while entries are written', () => {
  expect(picture('healthy').facts.some(({ lags }) => lags)).toBe(false);
});

test('without a leader a candidate stands in the middle of what goes on', () => {
  const alone = picture('no-leader');
  expect(faces(alone)).toEqual(['1 down: ✕ Stopped', '2 down: ✕ Down', '3 candidate: C Candidate']);
  expect(edges(alone)).toEqual(['2→0 none', '2→1 none']);
  expect(labels(alone)).toEqual([
    'stopped 8.3 s ago | last had 153,310 | normal',
    'ended 7.0 s ago | exit code 137 | normal',
    'asks for votes | in term 10 | normal',
  ]);
});

function traced(nodeId: string, type: string, fields: EventView['fields']): EventView {
  return { sequence: 1, clusterId: 'a', nodeId, nodeSequence: 1, timeMs: NOW_MS, type, fields };
}

test('a candidate shows how many votes it has, and how often it has asked', () => {
  const asks = ['1', '2'].map((to) => traced('3', 'vote-requested', { from: '3', to }));
  const events = [traced('3', 'role', { role: 'pre-candidate' }), ...asks];
  const label = (more: readonly EventView[]): string | undefined =>
    labels(picture('no-leader', (view) => view, more))[2];
  expect(label(events)).toBe('1 of 2 votes | in term 10 | normal');
  expect(label([...events, ...asks, ...asks])).toBe('1 of 2 votes | asked 3 times | normal');
  expect(label([...events, traced('3', 'vote-received', { from: '1', votes: 2 })])).toBe(
    '2 of 2 votes | in term 10 | normal',
  );
  // A voter traces the request too, and an election that is over is no longer counted.
  expect(label([traced('1', 'vote-requested', { from: '3', to: '1' })])).toContain(
    'asks for votes',
  );
  expect(label([...events, traced('3', 'role', { role: 'follower' })])).toContain('asks for votes');
});

test('five nodes: a frozen one is still, a non-voter is being filled', () => {
  const five = picture('five');
  expect(faces(five)).toEqual([
    '1 follower: F Follower',
    '2 leader: L Leader',
    '3 frozen: ❚❚ Frozen',
    '4 non-voter: N Non-voter',
    '5 follower: F Follower',
  ]);
  expect(edges(five)).toEqual([
    '1→0 replicating',
    '1→2 still',
    '1→3 catching-up',
    '1→4 replicating',
  ]);
  expect(labels(five)[2]).toBe('frozen 8.1 s | F resumes | normal');
  expect(labels(five)[3]).toBe('80 % caught up | 2,912 behind | non-voter');
  // Neither the frozen voter nor the non-voter counts towards the quorum.
  expect(five.model.orbitSolid).toEqual([true, false, false, false, true]);
});

test('a node that runs and does not answer is unknown, and one that is damaged takes no part', () => {
  const damaged = picture('damaged');
  expect(faces(damaged).slice(1)).toEqual(['2 failed: ! Damaged', '3 unknown: ? No answer']);
  expect(labels(damaged).slice(1)).toEqual([
    'damaged | takes no part | danger',
    'no answer | silent for 4.2 s | normal',
  ]);
});

test('a removed node keeps its facts and loses its place on the ring', () => {
  const without = picture('healthy', (view) => ({
    ...view,
    nodes: view.nodes.map((node) => ({ ...node, removed: node.id === '3' })),
  }));
  expect(without.facts).toHaveLength(3);
  expect(without.model.nodes.map(({ facts }) => facts.node.id)).toEqual(['1', '2']);
});

test('the arc is what is left of the shortest election timeout', () => {
  const heard = (leaderContactMs: number | null): number | null => {
    const { model } = picture('healthy', (view) => ({
      ...view,
      nodes: view.nodes.map((node) =>
        node.status === null ? node : { ...node, status: { ...node.status, leaderContactMs } },
      ),
    }));
    return model.nodes[1]?.contactShare ?? null;
  };
  expect(heard(0)).toBe(1);
  expect(heard(100)).toBe(0.75);
  expect(heard(400)).toBe(0);
  expect(heard(9_000)).toBe(0);
  expect(heard(null)).toBe(0);
});

test('what a new leader has not found out yet is not shown as a lag', () => {
  const elected = picture('degraded', (view) => ({
    ...view,
    nodes: view.nodes.map((node) =>
      node.status === null
        ? node
        : {
            ...node,
            status: {
              ...node.status,
              followers: node.status.followers.map((follower) =>
                follower.id === '1'
                  ? { ...follower, state: 'probe' as const, matchIndex: 0 }
                  : follower,
              ),
            },
          },
    ),
  }));
  expect(elected.facts[0]).toMatchObject({ lag: null, matchIndex: 152_446 });
  expect(labels(elected)[0]).toContain('last had 152,446');
});

test('a leader, a stopped and a frozen node have no arc', () => {
  expect(picture('five').model.nodes.map(({ contactShare }) => contactShare === null)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

test('a node that has never said anything is shown all the same', () => {
  const creating = picture('creating');
  expect(faces(creating)).toEqual([
    '1 unknown: … Starting',
    '2 unknown: … Starting',
    '3 unknown: … Starting',
  ]);
  expect(edges(creating)).toEqual([]);
  expect(labels(creating)[0]).toBe('starting | never heard | normal');
});

test('every node says who leads, in its own words', () => {
  const statements = (scenario: string): readonly string[] => {
    const { facts } = picture(scenario);
    return facts.map((one) => statementOf(one, facts));
  };
  expect(statements('degraded')).toEqual([
    'no answer',
    'leads itself, term 8',
    'follows node-2, term 8',
  ]);
  expect(statements('no-leader')).toEqual(['no answer', 'no answer', 'asks for votes, term 10']);
});

test('what a node is called for a screen reader says its role, its term and how far it is', () => {
  expect(picture('healthy').model.nodes.map(({ spoken }) => spoken)).toEqual([
    'node-1, leader, term 7, commit 153310',
    'node-2, follower, term 7, commit 153310, 2 entries behind',
    'node-3, follower, term 7, commit 153308, 4 entries behind',
  ]);
});

test.each([
  ['healthy', true, 'Message speed is not to scale (last round trip 3.1 ms)'],
  ['healthy', false, 'Messages are not drawn one by one (last round trip 3.1 ms)'],
  ['no-leader', true, 'No messages: nobody leads.'],
  ['damaged', true, 'No messages: nobody answers node-1.'],
  ['one', true, 'One node: it needs nobody to agree with.'],
])('the line under the ring of %s (messages drawn: %s)', (scenario, drawn, text) => {
  expect(motionCaption(picture(scenario).model, drawn).replaceAll('\u00A0', ' ')).toBe(text);
});
