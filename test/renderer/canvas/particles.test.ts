import { expect, test } from 'vitest';

import type { EventView } from '../../../main/contract/model.ts';
import { drawParticles, type Pen } from '../../../renderer/canvas/draw-particles.ts';
import { ParticleField, PARTICLES_MAX, TrafficMeter } from '../../../renderer/canvas/particles.ts';
import { type Traffic, trafficOf } from '../../../renderer/canvas/traffic.ts';

function event(type: string, fields: EventView['fields']): EventView {
  return { sequence: 1, clusterId: 'a', nodeId: '1', nodeSequence: 1, timeMs: 0, type, fields };
}

function append(to: string, entries: number): Traffic {
  return { kind: 'append', from: '1', to, entries, matchIndex: 0 };
}

function ack(from: string, matchIndex: number): Traffic {
  return { kind: 'ack', from, to: '1', entries: 0, matchIndex };
}

test.each([
  ['sent', { message: 'AppendEntriesRequest', to: '2', entries: 12 }, 'append 1→2 +12'],
  ['sent', { message: 'AppendEntriesRequest', to: '2', entries: 0 }, 'heartbeat 1→2 +0'],
  ['acknowledged', { from: '2', matchIndex: 9 }, 'ack 2→1 +0'],
  ['vote-requested', { from: '1', to: '3', preVote: false }, 'vote-request 1→3 +0'],
  ['vote-received', { from: '3', granted: true }, 'vote-granted 3→1 +0'],
  ['vote-received', { from: '3', granted: false }, 'vote-denied 3→1 +0'],
])('the event %s %o is a message on the picture', (type, fields, expected) => {
  const traffic = trafficOf(event(type, fields));
  if (traffic === null) throw new Error('it must be a message');
  const { kind, from, to, entries } = traffic;
  expect(`${kind} ${from}→${to} +${String(entries)}`).toBe(expected);
});

test.each([
  ['committed', { commitIndex: 9 }],
  ['sent', { message: 'RequestVoteRequest', to: '2', entries: 0 }],
  ['sent', { message: 'AppendEntriesRequest', to: 2, entries: 1 }],
  ['acknowledged', {}],
  // The voter traces the request too; drawn twice it would be two requests.
  ['vote-requested', { from: '2', to: '1' }],
])('the event %s %o is no message on the picture', (type, fields) => {
  expect(trafficOf(event(type, fields))).toBeNull();
});

test('a message is in flight for a while and then gone', () => {
  const field = new ParticleField();
  field.add(append('2', 12), 1_000);
  expect(field.at(1_000)).toMatchObject([{ kind: 'append', entries: 12, startMs: 1_000 }]);
  expect(field.at(1_239)).toHaveLength(1);
  expect(field.at(1_240)).toEqual([]);
});

test('what follows at once on the same way rides along', () => {
  const field = new ParticleField();
  field.add(append('2', 3), 0);
  field.add(append('2', 4), 50);
  field.add(append('3', 9), 50);
  field.add(append('2', 5), 200);
  expect(field.at(200).map(({ to, entries }) => [to, entries])).toEqual([
    ['2', 7],
    ['3', 9],
    ['2', 5],
  ]);
});

test('an answer leaves when its question has arrived on the picture', () => {
  const field = new ParticleField();
  field.add(ack('2', 10), 0);
  field.add(append('2', 1), 100);
  field.add(ack('2', 11), 101);
  expect(field.at(101).find(({ kind }) => kind === 'ack')?.startMs).toBe(340);
});

test('an ack that confirms nothing new is not drawn', () => {
  const field = new ParticleField();
  field.add(ack('2', 10), 0);
  field.add(ack('2', 10), 500);
  expect(field.at(500)).toEqual([]);
  field.add(ack('2', 11), 1_000);
  expect(field.at(1_000)).toHaveLength(1);
});

test('heartbeats tick once a second at most', () => {
  const field = new ParticleField();
  const beat: Traffic = { kind: 'heartbeat', from: '1', to: '2', entries: 0, matchIndex: 0 };
  let drawn = 0;
  for (let ms = 0; ms < 3_000; ms += 80) {
    field.add(beat, ms);
    drawn += field.at(ms).filter(({ startMs }) => startMs === ms).length;
  }
  expect(drawn).toBe(3);
});

test('there are never more than the limit, and the oldest go first', () => {
  const field = new ParticleField();
  for (let at = 0; at < PARTICLES_MAX + 10; at += 1) field.add(append(`node-${String(at)}`, 1), 0);
  const shown = field.at(0);
  expect(shown).toHaveLength(PARTICLES_MAX);
  expect(shown[0]?.to).toBe('node-10');
});

test('more than 300 messages a second are too many to draw, until it is quieter', () => {
  const meter = new TrafficMeter();
  meter.count(300, 0);
  expect(meter.isBusy(0)).toBe(false);
  meter.count(1, 500);
  expect(meter.isBusy(500)).toBe(true);
  expect(meter.isBusy(1_400)).toBe(false);
});

/** Writes down what is drawn instead of drawing it. */
function recorder(): { readonly pen: Pen; readonly lines: string[] } {
  const lines: string[] = [];
  const say =
    (what: string) =>
    (...values: readonly unknown[]) =>
      lines.push(
        `${what} ${values.map((v) => (typeof v === 'number' ? v.toFixed(0) : String(v))).join(' ')}`.trim(),
      );
  const pen = {
    beginPath: () => undefined,
    fill: () => undefined,
    stroke: () => undefined,
    strokeText: () => undefined,
    arc: say('circle'),
    rect: say('square'),
    moveTo: say('from'),
    lineTo: say('to'),
    fillText: say('text'),
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 0,
    font: '',
    textAlign: 'left',
    textBaseline: 'middle',
  } as unknown as Pen;
  return { pen, lines };
}

const INK = {
  accent: 'blue',
  ground: 'white',
  vote: 'violet',
  denied: 'red',
  mark: 'grey',
  font: '11px sans',
  counts: true,
};

test('messages are drawn where they are on their way', () => {
  const field = new ParticleField();
  field.add(append('2', 12), 0);
  field.add({ kind: 'vote-granted', from: '3', to: '1', entries: 0, matchIndex: 0 }, 0);
  const { pen, lines } = recorder();
  const lane = { from: { x: 0, y: 0 }, to: { x: 240, y: 0 } };
  drawParticles(pen, field.at(60), () => ({ lane, outward: { x: 0, y: -1 } }), INK, 60);
  expect(lines).toEqual([
    'circle 60 0 5 0 6',
    'text +12 60 -11',
    'square 40 -6 11 11',
    'from 42 0',
    'to 44 2',
    'to 48 -2',
  ]);
});

test('a message whose way is not on the picture is not drawn', () => {
  const field = new ParticleField();
  field.add(append('9', 1), 0);
  const { pen, lines } = recorder();
  drawParticles(pen, field.at(10), () => null, INK, 10);
  expect(lines).toEqual([]);
});
