import { afterEach, describe, expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import {
  clockAnswerOf,
  clockQuestionOf,
  encodeClockAnswer,
  encodeClockQuestion,
  PeerClock,
} from '../../node-engine/transport/clock-exchange.ts';
import { FRAME_LIMITS } from '../../node-engine/transport/limits.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { TestNode } from './test-node.ts';

function parsed(bytes: Buffer): readonly unknown[] {
  const found: unknown[] = [];
  const parser = new GuardedParser({
    limits: FRAME_LIMITS,
    types: '*$',
    onMessage: (message) => found.push(message),
    onFault: (reason) => found.push(reason),
  });
  parser.execute(bytes);
  return found[0] as readonly unknown[];
}

test('question and answer say what they were given, and are not taken for each other', () => {
  const question = parsed(encodeClockQuestion(12.25));
  const answer = parsed(encodeClockAnswer(12.25, 1_700_000_000_123));
  expect(clockQuestionOf(question)).toBe(12.25);
  expect(clockAnswerOf(answer)).toEqual({ number: 12.25, wallMs: 1_700_000_000_123 });
  expect(clockQuestionOf(answer)).toBeNull();
  expect(clockAnswerOf(question)).toBeNull();
});

test.each([
  ['no number', parsed(encodeClockQuestion(Number.NaN))],
  ['an endless one', parsed(encodeClockQuestion(Infinity))],
  ['too few bytes', [Buffer.from('T'), Buffer.from('1234567')]],
  ['another word', [Buffer.from('P'), Buffer.alloc(8)]],
  ['no bytes at all', [Buffer.from('T'), 8]],
])('what is no question is not taken for one: %s', (_what, bulks) => {
  expect(clockQuestionOf(bulks)).toBeNull();
});

describe('the clock of a peer', () => {
  /** A question that took `tripMs` to a peer whose clock is `aheadMs` ahead; read at `share` of it. */
  function exchange(
    clock: PeerClock,
    at: { nowMs: number; tripMs: number; aheadMs: number; share: number },
  ): void {
    const epochMs = 1_700_000_000_000;
    clock.ask(at.nowMs);
    const wallMs = epochMs + at.nowMs + at.tripMs * at.share + at.aheadMs;
    const endMs = at.nowMs + at.tripMs;
    clock.answered({ number: at.nowMs, wallMs }, endMs, epochMs + endMs);
  }

  test.each([0, 0.25, 0.5, 1])('is known to half of the round trip, read at %s of it', (share) => {
    const clock = new PeerClock();
    exchange(clock, { nowMs: 1000, tripMs: 40, aheadMs: 5000, share });
    const offset = clock.offset();
    expect(Math.abs((offset?.offsetMs ?? 0) - 5000)).toBeLessThanOrEqual(20);
    expect(offset?.errorMs).toBe(21);
  });

  test('is that of the fastest of the last answers', () => {
    const clock = new PeerClock();
    exchange(clock, { nowMs: 1000, tripMs: 100, aheadMs: -300, share: 0 });
    exchange(clock, { nowMs: 2000, tripMs: 2, aheadMs: -300, share: 0.5 });
    exchange(clock, { nowMs: 3000, tripMs: 100, aheadMs: -300, share: 1 });
    expect(clock.offset()).toEqual({ offsetMs: -300, errorMs: 2, measuredMs: 2002 });
    for (let nowMs = 4000; nowMs < 12_000; nowMs += 1000) {
      exchange(clock, { nowMs, tripMs: 100, aheadMs: -300, share: 0.5 });
    }
    expect(clock.offset()?.errorMs).toBe(51);
  });

  test('that was set is believed at once', () => {
    const clock = new PeerClock();
    exchange(clock, { nowMs: 1000, tripMs: 2, aheadMs: 0, share: 0.5 });
    exchange(clock, { nowMs: 2000, tripMs: 60, aheadMs: 3_600_000, share: 0.5 });
    expect(clock.offset()).toMatchObject({ offsetMs: 3_600_000, errorMs: 31 });
  });

  test('is not learnt from an answer to another question', () => {
    const clock = new PeerClock();
    clock.ask(1000);
    clock.ask(2000);
    clock.answered({ number: 1000, wallMs: 5 }, 2001, 5);
    expect(clock.offset()).toBeNull();
    clock.answered({ number: 2000, wallMs: 5 }, 2001, 5);
    clock.answered({ number: 2000, wallMs: 900 }, 2002, 6);
    expect(clock.offset()?.offsetMs).toBeLessThan(10);
  });
});

describe('over real links', () => {
  const nodes: TestNode[] = [];

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
  });

  test('each node knows how far the clock of the other is off, and forgets it with the link', async () => {
    const limits = { keepaliveMs: 20 };
    const wallMs = (): number => Date.now() + 7_200_000;
    const [one, two] = [
      await TestNode.start('1', { limits }),
      await TestNode.start('2', { limits, wallMs }),
    ];
    nodes.push(one, two);
    one.transport.setPeers([two.member()]);
    two.transport.setPeers([one.member()]);
    const known = (node: TestNode, id: string): boolean => (node.link(id)?.clock ?? null) !== null;
    await until('both know', 20_000, () => known(one, '2') && known(two, '1'));
    for (const [node, id, aheadMs] of [
      [one, '2', 7_200_000],
      [two, '1', -7_200_000],
    ] as const) {
      const clock = node.link(id)?.clock;
      const offMs = Math.abs((clock?.offsetMs ?? 0) - aheadMs);
      expect(offMs).toBeLessThanOrEqual(clock?.errorMs ?? 0);
    }
    await two.stop();
    await until('the link is lost', 20_000, () => one.link('2')?.connected === false);
    expect(known(one, '2')).toBe(false);
  });
});
