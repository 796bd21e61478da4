import { expect, test } from 'vitest';

import { parseHistory, historyLine } from '../../../node-engine/check/history-lines.ts';
import { checkHistory } from '../../../node-engine/check/linearizability.ts';
import { REGISTER } from '../../../node-engine/check/models.ts';
import type { Operation } from '../../../node-engine/check/operation.ts';
import type { Reply } from '../../../node-engine/resp/value.ts';
import type { LoadRequest, LoadView } from '../../../main/contract/load.ts';
import { LoadHistory } from '../../../main/host/load/history.ts';
import { LoadRun } from '../../../main/host/load/load-run.ts';
import { verdictOf } from '../../../main/host/load/verdict.ts';
import type { RespConnection, RespDial } from '../../../main/host/resp-port.ts';
import { generatorOf } from '../../check/random-history.ts';

/** A store behind a scripted connection: what it answers is the test's to choose. */
type Answer = (args: readonly string[], value: string | null, number: number) => Reply | Error;

const error = (text: string): Reply => ({ type: 'error', text });

function serverOf(answer: Answer): RespDial {
  const values = new Map<string, string>();
  let asked = 0;
  const call = async (args: readonly string[]): Promise<Reply> => {
    const [name = '', key = '', value = ''] = args;
    asked += 1;
    const reply = answer(args, values.get(key) ?? null, asked);
    if (reply instanceof Error) throw reply;
    const isRefused = typeof reply === 'object' && reply !== null && 'type' in reply;
    if (name === 'SET' && !isRefused) values.set(key, value);
    if (name === 'UNLINK') for (const one of args.slice(1)) values.delete(one);
    return reply;
  };
  const connection: RespConnection = { call, watch: async () => null, close: () => undefined };
  return async () => connection;
}

const honest: Answer = ([name], value) => (name === 'GET' ? value : name === 'SET' ? 'OK' : 1);

const REQUEST: LoadRequest = {
  clients: 4,
  readPercent: 50,
  keys: 3,
  opsPerSecond: 2_000,
  durationMs: 600_000,
};
const ENOUGH = 'enough was seen';

interface Ran {
  readonly view: LoadView;
  readonly history: LoadHistory;
  readonly views: readonly LoadView[];
}

/** Whether a run may end, by how many commands were asked and by what it has told of itself last. */
type Enough = (asked: number, told: LoadView | undefined) => boolean;

const asked = (commands: number): Enough => {
  return (soMany) => soMany >= commands;
};

/**
 * Runs a load until it has done or told what the test is about, however long that takes here; checked in
 * this thread.
 */
function run(answer: Answer, enough: Enough, change: Partial<LoadRequest> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const views: LoadView[] = [];
    const counted: Answer = (args, value, number) => {
      if (enough(number, views.at(-1))) load.stop(ENOUGH);
      return answer(args, value, number);
    };
    const load: LoadRun = new LoadRun({
      clusterId: 'lab',
      runId: 'r1',
      request: { ...REQUEST, ...change },
      world: {
        dial: serverOf(counted),
        targets: () => [{ address: '127.0.0.1:7481' }],
        isMember: (address) => address === '127.0.0.1:7482',
        chance: generatorOf(7),
      },
      checkEveryMs: 20,
      finalReadsMs: 200,
      check: async (operations, startedAtMs) => ({
        ok: true,
        value: verdictOf(checkHistory(REGISTER, operations), { startedAtMs, elapsedMs: 1 }),
      }),
      onView: (view) => {
        views.push(view);
        if (view.state === 'ended') resolve({ view, history: load.history, views });
      },
    });
    load.start();
  });
}

test('an honest server is found linearizable, and its keys are deleted', async () => {
  const unlinked: string[] = [];
  const { view, history } = await run((args, value, number) => {
    if (args[0] === 'UNLINK') unlinked.push(...args.slice(1));
    return honest(args, value, number);
  }, asked(300));
  expect(view.verdict).toMatchObject({ verdict: 'linearizable', violations: [] });
  expect(view.endReason).toBe(ENOUGH);
  expect(view.counts.done).toBeGreaterThanOrEqual(300);
  expect(view.counts).toMatchObject({ notDone: 0, unknown: 0 });
  expect(view.p99Ms).not.toBeNull();
  expect(unlinked.length).toBeGreaterThanOrEqual(3);
  expect(unlinked.every((key) => key.startsWith('raftdeck:load:r1:'))).toBe(true);
  // What is saved can be read again, and says the same.
  const lines = history.operations.map(historyLine).join('\n');
  expect(parseHistory(lines)).toEqual(history.operations);
});

test('a read of what was overwritten is found, with its time on the clock', async () => {
  const stale = new Map<string, string>();
  const { view } = await run((args, value, number) => {
    const [name, key = ''] = args;
    if (name === 'SET' && value !== null) stale.set(key, value);
    // Late enough that the value was read or overwritten long before.
    if (name === 'GET' && number > 60) return stale.get(key) ?? value;
    return honest(args, value, number);
  }, asked(300));
  expect(view.verdict?.verdict).toBe('not linearizable');
  const [first] = view.verdict?.violations ?? [];
  const [stuck] = first?.stuckOn ?? [];
  expect(first?.key).toMatch(/^raftdeck:load:r1:\d+$/);
  expect(stuck?.fromMs).toBeGreaterThanOrEqual(view.startedAtMs);
  expect(stuck?.fromMs).toBeLessThanOrEqual(Date.now());
});

test('while it runs, what was answered up to a moment is found linearizable, and no more is claimed', async () => {
  const { views } = await run(honest, (_, told) => (told?.soFar ?? null) !== null, { clients: 16 });
  const checked = views.flatMap(({ soFar, counts, state }) =>
    soFar === null ? [] : [{ ...soFar, counts, state }],
  );
  expect(checked.length).toBeGreaterThan(0);
  for (const { verdict, operations, upToMs, counts, state } of checked) {
    expect(state).toBe('running');
    expect(verdict).toBe('linearizable');
    // What was under way then is among them, so that they may be more than were done, not by clients.
    expect(operations).toBeLessThanOrEqual(counts.done + 16);
    expect(upToMs).toBeLessThanOrEqual(Date.now());
  }
  expect(views.at(-1)?.soFar).toBeNull();
});

test('an answer that no order explains is told before the end', async () => {
  const stale = new Map<string, string>();
  const { views } = await run(
    (args, value, number) => {
      const [name, key = ''] = args;
      if (name === 'SET' && value !== null) stale.set(key, value);
      if (name === 'GET' && number > 30) return stale.get(key) ?? value;
      return honest(args, value, number);
    },
    (_, told) => told?.soFar?.verdict === 'not linearizable',
  );
  expect(views.map(({ soFar }) => soFar?.verdict)).toContain('not linearizable');
});

test('a read of a write that is still under way is explained by it', () => {
  const history = new LoadHistory();
  const [writer, reader] = [history.newClient(), history.newClient()];
  const key = 'k';
  history.begin(writer, { action: 'write', key, value: 7, sentMs: 1 });
  const read = { action: 'read', key, value: null, sentMs: 2 } as const;
  history.begin(reader, read);
  history.add(reader, read, { type: 'done', read: 7 }, 3);
  const verdicts = (operations: readonly Operation[]): readonly string[] =>
    checkHistory(REGISTER, operations).map(({ verdict }) => verdict);
  expect(verdicts(history.soFar())).toEqual(['linearizable']);
  expect(verdicts(history.operations)).toEqual(['not-linearizable']);
  history.add(
    writer,
    { action: 'write', key, value: 7, sentMs: 1 },
    { type: 'done', read: null },
    4,
  );
  expect(history.soFar()).toEqual(history.operations);
});

test('errors are told by kind, and only some of them promise that nothing was done', async () => {
  const texts = ['CLUSTERDOWN no leader', 'UNKNOWN lost', 'ERR something else'];
  const { view, history } = await run((args, value, number) => {
    const text = texts[number % 4];
    return text === undefined || args[0] === 'UNLINK' ? honest(args, value, number) : error(text);
  }, asked(60));
  const kinds = view.errors.map(({ kind, outcome }) => `${kind}: ${outcome}`).sort();
  expect(kinds).toEqual(['CLUSTERDOWN: not done', 'ERR: unknown', 'UNKNOWN: unknown']);
  expect(history.operations.some(({ type }) => type === 'info')).toBe(true);
  // A client of unknown outcome is never heard of again.
  const unknown = history.operations.filter(({ type }) => type === 'info');
  for (const { process, id } of unknown) {
    expect(history.operations.some((other) => other.process === process && other.id > id)).toBe(
      false,
    );
  }
});

test('a command that was sent and not answered is unknown, one that was not sent is not done', async () => {
  const failure = (code: string, sent: boolean): Error =>
    Object.assign(new Error(code), { code, sent });
  const unanswered = await run(
    (_, __, number) => (number % 2 === 0 ? failure('TIMEOUT', true) : failure('CLOSED', true)),
    asked(40),
  );
  expect(unanswered.view.counts).toMatchObject({ done: 0, notDone: 0 });
  expect(unanswered.view.errors.map(({ kind }) => kind).sort()).toEqual([
    'connection lost before the answer',
    'no answer within 1.5 s',
  ]);
  const unsent = await run(
    () => failure('CLOSED', false),
    (_, told) => (told?.longestGapMs ?? 0) > 250,
  );
  expect(unsent.view.counts).toMatchObject({ done: 0, unknown: 0 });
  expect(unsent.view.longestGapMs).toBeGreaterThan(250);
  // Of what was not done nothing is claimed.
  expect(unsent.view).toMatchObject({ verdict: null, keysDeleted: false });
  expect(unsent.view.problem).toBe(
    'No operation was answered as done, so there is nothing to check.',
  );
  expect(unsent.views.filter(({ soFar }) => soFar !== null)).toEqual([]);
});

test('what cannot be read or deleted at the end is not claimed to be', async () => {
  const down = error('CLUSTERDOWN no leader');
  let ended = false;
  const { view } = await run((args, value, number) => {
    ended ||= number > 200;
    // Of one key it is known to the end, of all others nothing any more.
    const isGone = ended && (args[0] === 'UNLINK' || !args[1]?.endsWith(':1'));
    return isGone ? down : honest(args, value, number);
  }, asked(200));
  expect(view.verdict).toMatchObject({ verdict: 'linearizable', keys: 3, unreadKeys: 2 });
  expect(view.keysDeleted).toBe(false);
});

test('it ends when its time is over, and what was asked by then counts', async () => {
  const { view } = await run(honest, () => false, { durationMs: 50 });
  expect(view.endReason).toBe('its time was over');
  expect(view.counts.done).toBeGreaterThan(0);
  expect(view.verdict?.verdict).toBe('linearizable');
});

test('it stops when it is told to, and checks what was done', async () => {
  const views: LoadView[] = [];
  const load = new LoadRun({
    clusterId: 'lab',
    runId: 'r2',
    request: { ...REQUEST, clients: 2, opsPerSecond: 1, durationMs: 600_000 },
    world: {
      dial: serverOf(honest),
      targets: () => [{ address: '127.0.0.1:7481' }],
      isMember: () => false,
      chance: generatorOf(7),
    },
    check: async (operations, startedAtMs) => ({
      ok: true,
      value: verdictOf(checkHistory(REGISTER, operations), { startedAtMs, elapsedMs: 1 }),
    }),
    onView: (view) => views.push(view),
  });
  load.start();
  await expect.poll(() => views.at(-1)?.counts.done).toBeGreaterThan(0);
  load.stop('it was stopped');
  await expect.poll(() => views.at(-1)?.state).toBe('ended');
  expect(views.at(-1)).toMatchObject({ endReason: 'it was stopped' });
  expect(views.at(-1)?.verdict?.verdict).toBe('linearizable');
});

test('a key that was not decided leaves the whole undecided, and a broken one decides it', () => {
  const of = (verdict: 'linearizable' | 'undecided' | 'not-linearizable', key: string) => ({
    key,
    verdict,
    operations: 5,
  });
  const times = { startedAtMs: 0, elapsedMs: 1 };
  expect(verdictOf([of('linearizable', 'a'), of('undecided', 'b')], times)).toMatchObject({
    verdict: 'undecided',
    undecidedKeys: 1,
    operations: 10,
  });
  const broken = verdictOf([of('undecided', 'b'), of('not-linearizable', 'c')], times);
  expect(broken.verdict).toBe('not linearizable');
  expect(broken.violations).toHaveLength(1);
});
