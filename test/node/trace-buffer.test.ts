import { expect, it } from 'vitest';
import { TraceBuffer } from '../../node-engine/node/trace-buffer.ts';

function bufferOf() {
  let now = 0;
  return new TraceBuffer(() => (now += 1));
}

it('numbers events without gaps', () => {
  const buffer = bufferOf();
  buffer.add({ type: 'role', role: 'leader' });
  buffer.add({ type: 'leader', leaderId: '1' });
  expect(buffer.flush().traces.map((trace) => trace.sequence)).toEqual([1, 2]);
  buffer.add({ type: 'role', role: 'follower' });
  expect(buffer.flush().traces.map((trace) => trace.sequence)).toEqual([3]);
});

it('merges frequent events of one peer and adds up their entries', () => {
  const buffer = bufferOf();
  const sent = { type: 'sent', message: 'AppendEntriesRequest', to: '2' };
  buffer.add({ ...sent, entries: 3 });
  buffer.add({ ...sent, to: '3', entries: 3 });
  buffer.add({ ...sent, entries: 4 });
  expect(buffer.flush().traces.map((trace) => trace.event)).toEqual([
    { ...sent, entries: 7, times: 2 },
    { ...sent, to: '3', entries: 3 },
  ]);
});

it('does not merge a heartbeat into an append, nor anything across a change of role', () => {
  const buffer = bufferOf();
  const sent = { type: 'sent', message: 'AppendEntriesRequest', to: '2' };
  buffer.add({ ...sent, entries: 0 });
  buffer.add({ ...sent, entries: 1 });
  buffer.add({ type: 'role', role: 'follower' });
  buffer.add({ ...sent, entries: 1 });
  expect(buffer.flush().traces).toHaveLength(4);
});

it('counts what a full buffer could not keep, and leaves a gap in the numbers', () => {
  const buffer = bufferOf();
  for (let at = 0; at < 4100; at += 1) buffer.add({ type: 'role', role: 'follower' });
  expect(buffer.flush()).toMatchObject({ dropped: 4 });
  buffer.add({ type: 'role', role: 'leader' });
  expect(buffer.flush().traces[0]?.sequence).toBe(4101);
});
