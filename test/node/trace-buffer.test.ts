import { expect, it } from 'vitest';
import { TraceBuffer } from '../../node-engine/node/trace-buffer.ts';

function bufferOf() {
  let now = 0;
  return new TraceBuffer(() => (now += 1));
}

it('numbers events without gaps', () => {
  const buffer = bufferOf();
  buffer.add({ type: 'role', role: 'leader' }, true);
  buffer.add({ type: 'leader', leaderId: '1' }, true);
  expect(buffer.flush().traces.map((trace) => trace.sequence)).toEqual([1, 2]);
  buffer.add({ type: 'role', role: 'follower' }, true);
  expect(buffer.flush().traces.map((trace) => trace.sequence)).toEqual([3]);
});

it('merges frequent events of one peer and adds up their entries', () => {
  const buffer = bufferOf();
  const sent = { type: 'sent', message: 'AppendEntriesRequest', to: '2' };
  buffer.add({ ...sent, entries: 3 }, true);
  buffer.add({ ...sent, to: '3', entries: 3 }, true);
  buffer.add({ ...sent, entries: 4 }, true);
  expect(buffer.flush().traces.map((trace) => trace.event)).toEqual([
    { ...sent, entries: 7, times: 2 },
    { ...sent, to: '3', entries: 3 },
  ]);
});

it('does not merge a heartbeat into an append, nor anything across a change of role', () => {
  const buffer = bufferOf();
  const sent = { type: 'sent', message: 'AppendEntriesRequest', to: '2' };
  buffer.add({ ...sent, entries: 0 }, true);
  buffer.add({ ...sent, entries: 1 }, true);
  buffer.add({ type: 'role', role: 'follower' }, true);
  buffer.add({ ...sent, entries: 1 }, true);
  expect(buffer.flush().traces).toHaveLength(4);
});

it('counts what a full buffer could not keep, and leaves a gap in the numbers', () => {
  const buffer = bufferOf();
  for (let at = 0; at < 4100; at += 1) buffer.add({ type: 'role', role: 'follower' }, true);
  expect(buffer.flush()).toMatchObject({ dropped: 4 });
  buffer.add({ type: 'role', role: 'leader' }, true);
  expect(buffer.flush().traces[0]?.sequence).toBe(4101);
});

it('keeps rare events from the start for later, and frequent ones only for those who watch', () => {
  const buffer = bufferOf();
  buffer.add({ type: 'role', role: 'candidate' }, false);
  buffer.add({ type: 'applied', index: 1 }, false);
  buffer.add({ type: 'role', role: 'leader' }, false);
  expect(buffer.flush().traces).toEqual([]);
  buffer.add({ type: 'applied', index: 2 }, true);
  expect(buffer.kept()).toMatchObject({
    traces: [
      { sequence: 1, event: { role: 'candidate' } },
      { sequence: 2, event: { role: 'leader' } },
    ],
    from: 1,
    through: 3,
  });
});

it('says from which number on what it keeps is complete', () => {
  const buffer = bufferOf();
  for (let term = 1; term <= 4_500; term += 1) buffer.add({ type: 'leader', term }, false);
  const { traces, from, through } = buffer.kept();
  expect([traces.length, traces[0]?.sequence, from, through]).toEqual([2_000, 2_501, 2_501, 4_500]);
});
