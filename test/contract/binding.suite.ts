import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Result } from '../../main/contract/errors.ts';
import { FakeHost } from './fake-host.ts';

/** The far end of a binding, as the renderer has it. */
export interface BindingClient {
  call(name: unknown, request: unknown): Promise<Result<unknown>>;
  /** The same call many times at once, where one by one is slow; otherwise `call` does it. */
  flood?(count: number, name: unknown, request: unknown): Promise<readonly Result<unknown>[]>;
  /** Returns the function that ends it. */
  subscribe(subscription: unknown, listener: (payload: unknown) => void): () => void;
  /** Ends this client as a closed window does. */
  close(): Promise<void>;
}

/** A bound on hanging: what has not come by then does not come. */
const WITHIN = { timeout: 30_000 };

/** A binding around a host. */
export interface OpenBinding {
  connect(): Promise<BindingClient>;
  close(): Promise<void>;
}

/** What both bindings promise; run once over each. */
export function bindingSuite(
  name: string,
  open: (host: FakeHost, log: (line: string) => void) => Promise<OpenBinding>,
): void {
  describe(name, () => {
    let host: FakeHost;
    let binding: OpenBinding;
    let client: BindingClient;
    let lines: string[];

    beforeEach(async () => {
      host = new FakeHost();
      lines = [];
      binding = await open(host, (line) => lines.push(line));
      client = await binding.connect();
    });

    afterEach(async () => {
      await binding.close();
    });

    test('a call reaches the host with its checked request, and its result comes back', async () => {
      host.answer = async () => ({ ok: true, value: { clusterId: 'c1' } });
      const result = await client.call('createCluster', { nodes: 3, name: 'Ümläut ✓' });
      expect(result).toEqual({ ok: true, value: { clusterId: 'c1' } });
      const request = { nodes: 3, name: 'Ümläut ✓' };
      expect(host.calls).toEqual([{ name: 'createCluster', request }]);
    });

    test('an error of the host comes back as data', async () => {
      const error = { code: 'E_PORT', message: 'Port 7481 is used by redis-server.' } as const;
      host.answer = async () => ({ ok: false, error });
      expect(await client.call('startCluster', { clusterId: 'c1' })).toEqual({ ok: false, error });
    });

    test('answers find their callers whatever their order', async () => {
      const release: (() => void)[] = [];
      host.answer = ({ request }) =>
        new Promise((resolve) => {
          release.push(() => resolve({ ok: true, value: request }));
        });
      const calls = ['a', 'b', 'c'].map((clusterId) => client.call('startCluster', { clusterId }));
      await vi.waitFor(() => expect(release).toHaveLength(3), WITHIN);
      for (const answer of release.reverse()) answer();
      expect(await Promise.all(calls)).toEqual(
        ['a', 'b', 'c'].map((clusterId) => ({ ok: true, value: { clusterId } })),
      );
    });

    test('a malformed request is refused by name and does not reach the host', async () => {
      const requests: readonly (readonly [unknown, unknown, string])[] = [
        ['createCluster', { nodes: 2 }, 'nodes'],
        ['createCluster', { nodes: 3, extra: 1 }, 'extra'],
        ['startCluster', { clusterId: '../../etc/passwd' }, 'clusterId'],
        ['startCluster', {}, 'clusterId'],
        ['startCluster', null, 'request'],
        ['startCluster', [], 'request'],
        ['startNode', { clusterId: 'c1', nodeId: 'javascript:alert(1)' }, 'nodeId'],
        [
          'sendCommand',
          { clusterId: 'c1', nodeId: null, args: 'x', followRedirects: true },
          'args',
        ],
        ['constructor', {}, 'call'],
        ['__proto__', {}, 'call'],
        ['toString', {}, 'call'],
        ['', {}, 'call'],
        [7, {}, 'call'],
        [null, {}, 'call'],
      ];
      for (const [call, request, field] of requests) {
        const result = await client.call(call, request);
        expect([call, request, result]).toMatchObject([
          call,
          request,
          { ok: false, error: { code: 'E_ARGS', field } },
        ]);
      }
      expect(host.calls).toEqual([]);
    });

    test('a fault inside the host is an error result, and its details go to the log', async () => {
      host.answer = () => Promise.reject(new Error('the disk is gone'));
      const result = await client.call('startCluster', { clusterId: 'c1' });
      expect(result).toMatchObject({ ok: false, error: { code: 'E_INTERNAL' } });
      expect(lines).toEqual([expect.stringContaining('the disk is gone')]);
    });

    test('a flood of calls is refused beyond the limit, and the host answers again after it', async () => {
      const each = (): Promise<readonly Result<unknown>[]> =>
        Promise.all(Array.from({ length: 2_000 }, () => client.call('appInfo', {})));
      const results = await (client.flood?.(2_000, 'appInfo', {}) ?? each());
      const refused = results.filter((result) => !result.ok);
      expect(refused.length).toBeGreaterThan(1_000);
      expect(refused[0]).toMatchObject({ error: { code: 'E_RATE' } });
      expect(host.calls.length).toBeLessThan(1_000);
      await vi.waitFor(async () => {
        expect(await client.call('appInfo', {})).toEqual({ ok: true, value: null });
      }, WITHIN);
    });

    test('a subscription gets the present state, then each push, until it ends', async () => {
      const got: unknown[] = [];
      const stop = client.subscribe({ topic: 'cluster', clusterId: 'c1' }, (view) =>
        got.push(view),
      );
      await vi.waitFor(() => expect(got).toEqual([{ present: 'cluster' }]), WITHIN);
      host.push({ topic: 'cluster', clusterId: 'c1' }, { term: 1 });
      host.push({ topic: 'cluster', clusterId: 'other' }, { term: 9 });
      host.push({ topic: 'cluster', clusterId: 'c1' }, { term: 2 });
      await vi.waitFor(() => expect(got).toHaveLength(3), WITHIN);
      expect(got).toEqual([{ present: 'cluster' }, { term: 1 }, { term: 2 }]);
      stop();
      await vi.waitFor(() => expect(host.subscriptions).toBe(0), WITHIN);
    });

    test('two subscriptions to one topic are apart', async () => {
      const first: unknown[] = [];
      const second: unknown[] = [];
      const stop = client.subscribe({ topic: 'clusters' }, (payload) => first.push(payload));
      client.subscribe({ topic: 'clusters' }, (payload) => second.push(payload));
      await vi.waitFor(() => expect(second).toHaveLength(1), WITHIN);
      stop();
      await vi.waitFor(() => expect(host.subscriptions).toBe(1), WITHIN);
      host.push({ topic: 'clusters' }, ['later']);
      await vi.waitFor(() => expect(second).toHaveLength(2), WITHIN);
      expect(first).toHaveLength(1);
    });

    test('a window that closes takes its subscriptions with it', async () => {
      const seen: unknown[] = [];
      client.subscribe({ topic: 'clusters' }, (payload) => seen.push(payload));
      client.subscribe({ topic: 'events', clusterId: 'c1' }, (payload) => seen.push(payload));
      await vi.waitFor(() => expect(host.subscriptions).toBe(2), WITHIN);
      await client.close();
      await vi.waitFor(() => expect(host.subscriptions).toBe(0), WITHIN);
    });

    test('clients do not get what others asked for', async () => {
      const other = await binding.connect();
      const mine: unknown[] = [];
      const theirs: unknown[] = [];
      client.subscribe({ topic: 'settings' }, (payload) => mine.push(payload));
      other.subscribe({ topic: 'clusters' }, (payload) => theirs.push(payload));
      await vi.waitFor(() => expect([mine.length, theirs.length]).toEqual([1, 1]), WITHIN);
      host.push({ topic: 'clusters' }, ['x']);
      await vi.waitFor(() => expect(theirs).toHaveLength(2), WITHIN);
      expect(mine).toEqual([{ present: 'settings' }]);
    });
  });
}
