import { expect, test } from 'vitest';

import type { EventView } from '../../main/contract/model.ts';
import { EventLog } from '../../main/host/event-log.ts';

function open(): { readonly log: EventLog; readonly batches: (readonly EventView[])[] } {
  const batches: (readonly EventView[])[] = [];
  const log = new EventLog('c1', (events) => batches.push(events));
  return { log, batches };
}

function trace(sequence: number, type = 'appended'): Parameters<EventLog['trace']>[2][number] {
  return { sequence, timeMs: 1000 + sequence, event: { type, term: 3 } };
}

function past(log: EventLog): readonly EventView[] {
  return log.past().flat();
}

test('events are numbered in order of arrival, across nodes', () => {
  const { log } = open();
  log.trace('1', 'p1', [trace(1)]);
  log.note('2', 'process-started', { pid: 7 }, 5);
  log.trace('2', 'p2', [trace(1, 'role')]);
  expect(past(log)).toEqual([
    {
      sequence: 1,
      clusterId: 'c1',
      nodeId: '1',
      nodeSequence: 1,
      timeMs: 1001,
      type: 'appended',
      fields: { term: 3 },
    },
    {
      sequence: 2,
      clusterId: 'c1',
      nodeId: '2',
      nodeSequence: null,
      timeMs: 5,
      type: 'process-started',
      fields: { pid: 7 },
    },
    {
      sequence: 3,
      clusterId: 'c1',
      nodeId: '2',
      nodeSequence: 1,
      timeMs: 1001,
      type: 'role',
      fields: { term: 3 },
    },
  ]);
});

test('a gap in a node’s numbers is an event that says what is missing', () => {
  const { log } = open();
  log.trace('1', 'p1', [trace(1), trace(2), trace(7)]);
  expect(past(log).map(({ type, nodeSequence, fields }) => [type, nodeSequence, fields])).toEqual([
    ['appended', 1, { term: 3 }],
    ['appended', 2, { term: 3 }],
    ['gap', null, { from: 3, to: 6, missed: 4 }],
    ['appended', 7, { term: 3 }],
  ]);
});

test('a node that starts again starts its numbers again: that is no gap', () => {
  const { log } = open();
  log.trace('1', 'p1', [trace(5)]);
  log.trace('1', 'p2', [trace(1)]);
  expect(past(log).map(({ nodeSequence }) => nodeSequence)).toEqual([5, 1]);
});

test('what a link repeats after it was open again is left out', () => {
  const { log } = open();
  log.trace('1', 'p1', [trace(1), trace(2)]);
  log.trace('1', 'p1', [trace(1), trace(2), trace(3)]);
  expect(past(log).map(({ nodeSequence }) => nodeSequence)).toEqual([1, 2, 3]);
});

test('events are published in batches, each once', async () => {
  const { log, batches } = open();
  log.trace('1', 'p1', [trace(1), trace(2)]);
  log.note('1', 'link-open', {});
  await expect.poll(() => batches.map((batch) => batch.length)).toEqual([3]);
  log.note('1', 'link-lost', {});
  // Asking for the past publishes what waits first, so that a new listener gets nothing twice.
  expect(past(log)).toHaveLength(4);
  expect(batches.map((batch) => batch.length)).toEqual([3, 1]);
});

test('the past is bounded and comes in pieces', () => {
  const { log } = open();
  for (let sequence = 1; sequence <= 25_000; sequence += 1) log.trace('1', 'p1', [trace(sequence)]);
  const pieces = log.past();
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(1_000);
  expect(pieces.flat().length).toBe(20_000);
  expect(pieces[0]?.[0]?.sequence).toBe(5_001);
});

test('an event with a huge field is replaced by its size', () => {
  const { log } = open();
  const event = { type: 'command', name: 'SET', args: ['k', 'x'.repeat(20_000)] };
  log.trace('1', 'p1', [{ sequence: 1, timeMs: 1, event }]);
  expect(past(log)[0]?.fields).toEqual({
    leftOut: expect.stringMatching(/^\d+ characters$/) as string,
  });
});
