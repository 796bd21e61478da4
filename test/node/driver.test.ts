import { beforeEach, describe, expect, it } from 'vitest';
import { defineMachine } from '../../node-engine/machine/define-machine.ts';
import type { MachineDefinition } from '../../node-engine/machine/machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { waiterOf } from '../../node-engine/node/waiter-of.ts';
import { DriverCluster, memberOf, newSession, read, write } from './driver-cluster.ts';
import type { TestNode } from './driver-cluster.ts';

async function bootstrapped(
  cluster: DriverCluster,
  id: string,
  machine: MachineDefinition = kv,
): Promise<TestNode> {
  const node = await cluster.add(id, machine);
  const heard: unknown[] = [];
  const waiter = waiterOf(
    () => heard.push('done'),
    (failure) => heard.push(failure),
  );
  node.driver.bootstrap(memberOf(id, true), waiter);
  await cluster.settle();
  await cluster.pass(1000);
  expect(heard).toEqual(['done']);
  return node;
}

async function addMember(
  cluster: DriverCluster,
  id: string,
  machine: MachineDefinition = kv,
): Promise<TestNode> {
  const node = await cluster.add(id, machine);
  const heard: unknown[] = [];
  const member = memberOf(id, false);
  const waiter = waiterOf(
    () => heard.push('done'),
    (failure) => heard.push(failure),
  );
  cluster.leader().driver.changeMembership({ type: 'add', member }, waiter);
  await cluster.pass(300);
  expect(heard).toEqual(['done']);
  return node;
}

/** Counts its ticks and keeps the time of the newest. */
const clockwork = defineMachine({
  name: 'clockwork',
  version: '1.0.0',
  initial: () => ({ ticks: 0, newestMs: 0 }),
  commands: { NOTE: { kind: 'write', run: ({ state, now }) => now() - state.newestMs } },
  snapshot: 'json',
  tick: {
    intervalMs: 200,
    run: ({ state, now }) => {
      state.ticks++;
      state.newestMs = now();
      if (Math.floor(now() / 200) % 3 === 0) throw new Error('every third tick fails');
    },
  },
});

describe('a machine that asks for ticks', () => {
  it('gets them about every interval from the leader, the same on every node', async () => {
    const cluster = new DriverCluster();
    const first = await bootstrapped(cluster, '1', clockwork);
    await addMember(cluster, '2', clockwork);
    await addMember(cluster, '3', clockwork);
    const before = first.machine.stateHash();
    const index = first.driver.appliedIndex;
    await cluster.pass(2050);
    const ticks = first.driver.appliedIndex - index;
    expect(ticks).toBeGreaterThanOrEqual(9);
    expect(ticks).toBeLessThanOrEqual(11);
    const hashes = cluster.nodes.map(({ machine }) => machine.stateHash());
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).not.toBe(before);
    const [sinceTick] = await wrote(cluster, first, ['NOTE']);
    expect(sinceTick).toBeLessThanOrEqual(420);
  });

  it('gets none from a leader that cannot commit them, and goes on when it can', async () => {
    const cluster = new DriverCluster();
    const first = await bootstrapped(cluster, '1', clockwork);
    await addMember(cluster, '2', clockwork);
    await cluster.pass(1000);
    cluster.cut.add('2');
    const before = first.core.status().lastIndex;
    await cluster.pass(10_000);
    // One was on its way; a leader that stepped down and cannot be elected proposes none.
    expect(first.core.status().lastIndex - before).toBeLessThanOrEqual(2);
    cluster.cut.delete('2');
    await cluster.pass(3000);
    const healed = first.driver.appliedIndex;
    await cluster.pass(1000);
    expect(first.driver.appliedIndex - healed).toBeGreaterThanOrEqual(4);
  });

  it('is the only kind that makes an idle cluster write', async () => {
    const cluster = new DriverCluster();
    const node = await bootstrapped(cluster, '1');
    const index = node.driver.appliedIndex;
    await cluster.pass(5000);
    expect(node.driver.appliedIndex).toBe(index);
  });
});

async function wrote(
  cluster: DriverCluster,
  node: TestNode,
  args: readonly string[],
): Promise<unknown[]> {
  const heard = write(node, newSession(), args);
  await cluster.settle();
  return heard;
}

describe('a driver alone', () => {
  let cluster: DriverCluster;
  let node: TestNode;

  beforeEach(async () => {
    cluster = new DriverCluster();
    node = await bootstrapped(cluster, '1');
  });

  it('bootstraps, leads, and applies a write', async () => {
    const heard = write(node, newSession(), ['SET', 'a', '1']);
    await cluster.settle();
    expect(heard).toEqual(['OK']);
    expect(node.core.role()).toBe('leader');
  });

  it('lets a read run only after the writes of its own connection', async () => {
    const session = newSession();
    write(node, session, ['SET', 'a', '1']);
    const reads = (['low', 'medium', 'high'] as const).map((level) => read(node, session, level));
    expect(reads).toEqual([[], [], []]);
    await cluster.settle();
    const applied = node.driver.appliedIndex;
    expect(reads).toEqual([[applied], [applied], [applied]]);
  });

  it('proposes everything that arrived in one turn as one run', async () => {
    const before = node.driver.counters.logWrites;
    const heard = Array.from({ length: 50 }, (_, at) =>
      write(node, newSession(), ['SET', `k${String(at)}`, 'v']),
    );
    await cluster.settle();
    expect(heard.every(([reply]) => reply === 'OK')).toBe(true);
    expect(node.driver.counters.logWrites - before).toBeLessThanOrEqual(2);
  });

  it('tells whoever waits, when it is stopped, that the outcome is unknown', async () => {
    const heard = write(node, newSession(), ['SET', 'a', '1']);
    node.clock.tasks.splice(0).forEach((task) => {
      task();
    });
    node.driver.stop('the node is closing');
    await cluster.settle();
    expect(heard).toMatchObject([{ kind: 'unknown', cause: 'unavailable' }]);
  });

  it('answers whoever asks it for anything before its next turn, or after its last', async () => {
    const heard: string[] = [];
    const ask = (when: string): void => {
      const told = (what: string): void => {
        heard.push(`${what} ${when}`);
      };
      const waiter = waiterOf(
        () => {
          told('applied');
        },
        ({ kind }) => {
          told(kind);
        },
      );
      node.driver.changeMembership({ type: 'remove', id: 'nobody' }, waiter);
      node.driver.takeSnapshot((outcome) => {
        told(outcome.ok ? 'taken' : outcome.reason);
      });
      node.driver.shrinkLog(1, (error) => {
        told(error?.message ?? 'shrunk');
      });
      node.driver.ask(
        () => {
          told('asked');
        },
        ({ message }) => {
          told(message);
        },
      );
    };
    ask('before');
    node.driver.stop('the node is closing');
    ask('after');
    await cluster.settle();
    const refusals = ['unavailable', 'closed', 'the node is closing', 'the node is closing'];
    expect(heard).toEqual([
      ...refusals.map((one) => `${one} before`),
      ...refusals.map((one) => `${one} after`),
    ]);
  });
});

describe('three drivers', () => {
  let cluster: DriverCluster;

  beforeEach(async () => {
    cluster = new DriverCluster();
    await bootstrapped(cluster, '1');
    await addMember(cluster, '2');
    await addMember(cluster, '3');
    await cluster.pass(500);
  });

  it('promotes what was added as a non-voter by itself', () => {
    for (const { core } of cluster.nodes) {
      expect(core.membership().members.map(({ id, voter }) => [id, voter])).toEqual([
        ['1', true],
        ['2', true],
        ['3', true],
      ]);
    }
  });

  it('refuses writes and linearizable reads on a follower, naming the leader', async () => {
    const [, follower] = cluster.nodes;
    if (follower === undefined) throw new Error('no follower');
    const refusal = { kind: 'refused', reason: 'not-leader', leaderId: '1' };
    expect(write(follower, newSession(), ['SET', 'a', '1'])).toEqual([refusal]);
    expect(read(follower, newSession(), 'high')).toEqual([refusal]);
    expect(read(follower, newSession(), 'low')).toEqual([follower.driver.appliedIndex]);
    await cluster.settle();
  });

  it('applies a write on every node', async () => {
    const heard = write(cluster.leader(), newSession(), ['SET', 'a', '1']);
    await cluster.pass(200);
    expect(heard).toEqual(['OK']);
    const applied = cluster.nodes.map(({ driver }) => driver.appliedIndex);
    expect(new Set(applied).size).toBe(1);
  });

  it('sends a slice of many writes to its peers before the rest has been read', async () => {
    const leader = cluster.leader();
    const { messagesSent } = leader.driver.counters;
    const { lastIndex } = leader.core.status();
    const burst = Array.from({ length: 300 }, (_, at) =>
      write(leader, newSession(), ['SET', `k${String(at)}`, 'v']),
    );
    // No turn was taken yet: what was read last still waits for it, and nobody has an answer.
    expect(leader.driver.counters.messagesSent - messagesSent).toBe(2);
    expect(leader.core.status().lastIndex - lastIndex).toBe(256);
    expect(burst.flat()).toEqual([]);
    await cluster.pass(200);
    expect(burst.flat()).toEqual(burst.map(() => 'OK'));
    expect(leader.core.status().lastIndex - lastIndex).toBe(300);
  });

  it('answers a write that a cut-off leader proposed as superseded once another term is applied', async () => {
    const old = cluster.leader();
    cluster.cut.add(old.id);
    const heard = write(old, newSession(), ['SET', 'a', 'lost']);
    await cluster.settle();
    expect(heard).toEqual([]);
    await cluster.pass(2000);
    expect(heard).toMatchObject([{ kind: 'unknown', cause: 'leadership-lost' }]);
    const next = cluster.leader();
    expect(next.id).not.toBe(old.id);
    expect(write(next, newSession(), ['SET', 'a', 'kept'])).toEqual([]);
    await cluster.pass(200);
    cluster.cut.clear();
    await cluster.pass(1000);
    const applied = cluster.nodes.map(({ driver }) => driver.appliedIndex);
    expect(new Set(applied).size).toBe(1);
  });

  it('fails reads that a deposed leader had not confirmed', async () => {
    const old = cluster.leader();
    cluster.cut.add(old.id);
    const heard = read(old, newSession(), 'high');
    await cluster.pass(1000);
    expect(heard).toMatchObject([{ kind: 'refused', reason: 'not-leader' }]);
  });
});
