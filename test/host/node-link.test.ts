import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { NodeLink } from '../../main/host/node-link.ts';
import type { DialOptions, RespConnection } from '../../main/host/resp-port.ts';
import { statusOf } from './status-fixture.ts';

/** A connection that the test plays the other end of. */
class FakeConnection implements RespConnection {
  readonly options: DialOptions;
  closed = false;
  onMessage: (kind: string, json: string) => void = () => undefined;
  refuse: (text: string) => void = () => undefined;

  constructor(options: DialOptions) {
    this.options = options;
  }

  call(): Promise<never> {
    return Promise.reject(new Error('a link sends nothing but RAFT WATCH'));
  }

  watch(
    _options: unknown,
    onMessage: (kind: string, json: string) => void,
  ): ReturnType<RespConnection['watch']> {
    this.onMessage = onMessage;
    return new Promise((resolve) => {
      this.refuse = (text) => resolve({ type: 'error', text });
    });
  }

  close(): void {
    this.closed = true;
  }
}

let connections: FakeConnection[];
let refusals: number;
let told: string[];
let link: NodeLink;

beforeEach(() => {
  vi.useFakeTimers();
  connections = [];
  refusals = 0;
  told = [];
  link = new NodeLink({
    address: '127.0.0.1:7481',
    nodeId: '1',
    directory: '/tmp/node-1',
    dial: async (options) => {
      if (refusals > 0) {
        refusals -= 1;
        throw new Error('connection refused');
      }
      const connection = new FakeConnection(options);
      connections.push(connection);
      return connection;
    },
    events: {
      onStatus: ({ term, keys }, full) => told.push(`status ${term} ${keys}${full ? ' full' : ''}`),
      onHistory: ({ through, traces }) => told.push(`history of ${traces.length} to ${through}`),
      onTraces: (traces) => told.push(`traces ${traces.length}`),
      onState: (error) => told.push(error ?? 'open'),
    },
  });
});

afterEach(() => {
  link.close();
  vi.useRealTimers();
});

async function connection(offset: number): Promise<FakeConnection> {
  await vi.advanceTimersByTimeAsync(0);
  const found = connections[offset];
  if (found === undefined) throw new Error(`no connection ${offset}`);
  return found;
}

const STATUS = JSON.stringify(statusOf('1'));

test('a link is open from the first status on, and folds figures into it', async () => {
  link.open();
  const { onMessage } = await connection(0);
  expect(told).toEqual([]);
  onMessage('status', STATUS);
  onMessage('figures', '{"timeMs":1,"sequence":2,"keys":9}');
  onMessage('trace', '[{"sequence":1,"timeMs":1,"event":{"type":"started"}}]');
  onMessage('dropped', '{"figures":3,"traces":5}');
  onMessage('something-new', '{}');
  expect(told).toEqual(['open', 'status 3 2 full', 'status 3 9', 'traces 1']);
});

test('a refused connection is tried again, soon at first and for good', async () => {
  refusals = Infinity;
  link.open();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['connection refused']);
  await vi.advanceTimersByTimeAsync(1_000);
  const early = told.length;
  expect(early).toBeGreaterThan(8);
  await vi.advanceTimersByTimeAsync(60_000);
  // Once a second in the long run.
  expect(told.length - early).toBeGreaterThan(58);
  expect(told.length - early).toBeLessThan(75);
  refusals = 0;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connections).toHaveLength(1);
});

test('a lost connection is said and restored; the status is not carried over', async () => {
  link.open();
  const first = await connection(0);
  first.onMessage('status', STATUS);
  first.options.onClose?.(new Error('the connection ended'));
  expect(told.at(-1)).toBe('the connection ended');
  await vi.advanceTimersByTimeAsync(30);
  const second = await connection(1);
  second.onMessage('figures', '{"timeMs":1,"sequence":2,"keys":9}');
  expect(told.at(-1)).toBe('the connection ended');
  second.onMessage('status', STATUS);
  expect(told.slice(-2)).toEqual(['open', 'status 3 2 full']);
});

test.each<[string, string, string]>([
  [
    'another node',
    JSON.stringify(statusOf('7')),
    'is answered by another node: node 7 in /tmp/node-7',
  ],
  ['no status', '{"hello":1}', 'sends no status of a node'],
  ['no JSON', 'x', 'a document is not JSON'],
])('%s on the port is no node of ours', async (_name, json, reason) => {
  link.open();
  const other = await connection(0);
  other.onMessage('status', json);
  expect(told).toEqual([expect.stringContaining(reason)]);
  expect(other.closed).toBe(true);
  other.onMessage('status', STATUS);
  expect(told).toHaveLength(1);
});

test('a server that knows no RAFT WATCH is said to refuse it', async () => {
  link.open();
  const redis = await connection(0);
  redis.refuse("ERR unknown command 'RAFT'");
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["127.0.0.1:7481 refused RAFT WATCH: ERR unknown command 'RAFT'"]);
});

test('a port that takes the connection and stays silent is given up', async () => {
  link.open();
  await connection(0);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(told).toEqual(['127.0.0.1:7481 took the connection but says nothing']);
});

test('a closed link says nothing more and tries nothing more', async () => {
  link.open();
  const { onMessage } = await connection(0);
  onMessage('status', STATUS);
  link.close();
  onMessage('status', STATUS);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(['open', 'status 3 2 full']);
  expect(connections).toHaveLength(1);
});

test('a link that is opened again does not wait out its pause', async () => {
  refusals = Infinity;
  link.open();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections).toHaveLength(0);
  refusals = 0;
  link.open();
  expect((await connection(0)).closed).toBe(false);
});
