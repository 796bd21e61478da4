import { describe, expect, test } from 'vitest';

import { diagnose } from '../../../../renderer/features/why/diagnose.ts';
import { RULES } from '../../../../renderer/features/why/verdict.ts';
import { NOW_MS } from '../../../host/status-fixture.ts';
import { causesOf, NEAR_MISSES } from './causes.ts';
import { Scene } from './scene.ts';

const SEEDS = Array.from({ length: 40 }, (_, at) => at * 7919 + 1);

describe('why there is no leader', () => {
  test('there is a scene for each rule', () => {
    expect(causesOf(1).map(({ rule }) => rule)).toEqual(RULES);
  });

  test.each(RULES)('%s is found, names its nodes and offers a step', (rule) => {
    for (const seed of SEEDS) {
      const cause = causesOf(seed).find((one) => one.rule === rule);
      if (cause === undefined) throw new Error(`no scene for ${rule}`);
      const found = diagnose(cause.scene.evidence());
      const verdict = found?.verdict ?? null;
      const about = `seed ${String(seed)}: ${JSON.stringify(verdict)}`;
      expect(verdict?.rule, about).toBe(rule);
      expect([...(verdict?.nodeIds ?? [])].sort(), about).toEqual([...cause.nodeIds].sort());
      expect(verdict?.sentence.replaceAll('\u00A0', ' '), about).toMatch(cause.says);
      expect(verdict?.steps.length, about).toBeGreaterThan(0);
      expect(verdict?.evidence.length, about).toBeGreaterThan(0);
      for (const { saidBy, atMs } of verdict?.evidence ?? []) {
        expect(saidBy).not.toBe('');
        expect(atMs, about).toBeLessThanOrEqual(NOW_MS);
        expect(atMs, about).toBeGreaterThan(NOW_MS - 61_000);
      }
      expect(found?.also).toHaveLength(4);
      expect(found?.also.map((finding) => finding.rule)).not.toContain(rule);
    }
  });

  test.each(NEAR_MISSES)('%s is no cause', (_, make) => {
    for (const seed of SEEDS) {
      const found = diagnose(make(seed).evidence());
      expect(found?.question, `seed ${String(seed)}`).toBe('no-leader');
      expect(found?.verdict, `seed ${String(seed)}`).toBeNull();
      // What was looked at is shown instead, all of it.
      expect(found?.also.map(({ rule }) => rule)).toEqual(RULES);
    }
  });

  test('a healthy cluster raises no question', () => {
    for (const seed of SEEDS) {
      const scene = new Scene(seed);
      scene.leaderId = scene.drawn[0] ?? null;
      expect(diagnose(scene.evidence())).toBeNull();
    }
  });

  test('of two causes the first in order is the verdict and the other is shown beside it', () => {
    const scene = new Scene(5, 5);
    const [one = '', two = '', three = '', four = ''] = scene.drawn;
    for (const id of [one, two, three]) scene.down(id);
    scene.see(four, { process: 'frozen', heardAtMs: NOW_MS - 9_000 });
    const found = diagnose(scene.evidence());
    expect(found?.verdict?.rule).toBe('voters-down');
    expect(found?.also[0]).toMatchObject({ rule: 'frozen', verdict: { nodeIds: [four] } });
  });

  test('a node that ended over its data is not offered to be started', () => {
    const scene = new Scene(3, 3);
    const [one = '', two = ''] = scene.drawn;
    scene.down(one, { process: 'crashed', exitReason: 'exit code 1: the log is damaged' });
    scene.down(two);
    // Starting the other one is enough.
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict?.rule).toBe('voters-down');
    expect(verdict?.steps[0]).toMatchObject({ kind: 'start', nodeIds: [two] });
  });

  test('a log in memory is not told to come back with its folder', () => {
    const hintOf = (backend: string, lost: number): string | null | undefined => {
      const scene = new Scene(3, 3);
      for (const id of scene.drawn.slice(0, lost)) {
        scene.say(id, { health: 'waiting', members: [], lastIndex: 0, links: [], backend });
      }
      return diagnose(scene.evidence())?.verdict?.hint;
    };
    expect(hintOf('leveldb', 3)).toContain('With the old folder back');
    expect(hintOf('memory', 2)).toContain('comes back as a new peer');
    expect(hintOf('memory', 3)).toContain('delete this cluster and start another');
  });

  test('the one with the longest log is started first', () => {
    const scene = new Scene(11, 3);
    const [one = '', two = '', three = ''] = scene.drawn;
    scene.say(one, { lastIndex: 100 });
    scene.say(two, { lastIndex: 248 });
    scene.say(three, { lastIndex: 251 });
    for (const id of [one, two]) scene.down(id);
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict?.steps.map((step) => step.label)).toEqual([`Start node-${two}`, 'Start both']);
    expect(verdict?.hint).toBe(
      `node-${two} is 3 entries behind node-${three}; ` +
        `node-${one} is 151 entries behind node-${three}.`,
    );
  });

  test('answers that are late again and again are slow links, although nobody set a delay', () => {
    const scene = new Scene(2, 3);
    for (const from of scene.ids) {
      for (const to of scene.ids.filter((id) => id !== from)) {
        for (const agoMs of [2_000, 1_000]) {
          scene.mark(from, agoMs, 'vote-requested', { to, term: 4, preVote: true });
          scene.mark(from, agoMs - 300, 'vote-received', { from: to, preVote: true });
        }
      }
    }
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict).toMatchObject({ rule: 'slow-links', nodeIds: ['1', '2', '3'] });
    expect(verdict?.sentence.replaceAll('\u00A0', ' ')).toContain('Round trips take 300 ms');
  });

  test('right after a leader was lost an election may be under way', () => {
    const { view, ...evidence } = new Scene(1, 3).evidence();
    const at = (agoMs: number) =>
      diagnose({
        ...evidence,
        view: { ...view, health: { ...view.health, leaderChangedAtMs: NOW_MS - agoMs } },
      })?.isElecting;
    expect([at(900), at(9_000)]).toEqual([true, false]);
  });
});

describe('why a cluster with a leader is degraded', () => {
  function led(seed: number): Scene {
    const scene = new Scene(seed, 5);
    scene.leaderId = scene.drawn[4] ?? null;
    return scene;
  }

  test('a single node that is down, frozen or damaged is named', () => {
    for (const seed of SEEDS) {
      const [down, frozen, damaged] = [led(seed), led(seed), led(seed)];
      const id = down.drawn[0] ?? '';
      down.down(id);
      frozen.see(id, { process: 'frozen', heardAtMs: NOW_MS - 9_000 });
      damaged.say(id, { health: 'damaged', healthReason: 'its log lost entries' });
      const found = [down, frozen, damaged].map((scene) => diagnose(scene.evidence()));
      expect(found.map((one) => one?.question)).toEqual(['degraded', 'degraded', 'degraded']);
      expect(found.map((one) => one?.verdict?.rule)).toEqual(['voters-down', 'frozen', 'storage']);
      expect(found.map((one) => one?.verdict?.nodeIds)).toEqual([[id], [id], [id]]);
    }
  });

  /** One node does not hear the leader and is refused by another one that does. */
  function deaf(): { readonly scene: Scene; readonly candidate: string; readonly leader: string } {
    const scene = led(4);
    const [candidate = '', voter = ''] = scene.drawn;
    scene.say(candidate, { leaderId: null });
    for (const agoMs of [900, 1_800, 2_700]) {
      const refused = { candidate, granted: false, reason: 'hears a leader' };
      scene.mark(voter, agoMs, 'vote-answered', { ...refused, preVote: true, term: 4 });
    }
    return { scene, candidate, leader: scene.leaderId ?? '' };
  }

  test('a link that is cut both ways is not called lost one way', () => {
    const { scene, candidate, leader } = deaf();
    scene.fault(leader, { kind: 'link-cut', peerId: candidate, direction: 'out' });
    scene.fault(candidate, { kind: 'link-cut', peerId: leader, direction: 'out' });
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict?.rule).toBe('leader-heard');
    expect(verdict?.sentence).toContain(`link node-${leader} ⇄ node-${candidate} is lost.`);
    expect(verdict?.steps[0]).toMatchObject({ kind: 'heal', label: 'Heal the partition (2 cuts)' });
  });

  test('heartbeats that come too late are no lost link', () => {
    const { scene, candidate, leader } = deaf();
    for (const [from, peerId] of [
      [leader, candidate],
      [candidate, leader],
    ] as const) {
      scene.fault(from, { kind: 'link-delay', peerId, direction: 'out', meanMs: 900, shifted: 9 });
    }
    expect(diagnose(scene.evidence())?.verdict?.rule).toBe('slow-links');
  });

  test('who hears the leader again is no longer deaf', () => {
    const { scene, candidate, leader } = deaf();
    scene.say(candidate, { leaderId: leader });
    expect(diagnose(scene.evidence())?.verdict?.rule).not.toBe('leader-heard');
  });

  test('what a link said before its other end was started again is no news', () => {
    const verdictAfter = (upMs: number) => {
      const scene = led(6);
      const [id = ''] = scene.drawn;
      scene.say(id, { leaderId: null });
      const lost = { id, connected: false, lastError: 'connection refused' };
      scene.say(scene.leaderId ?? '', { links: [lost] });
      scene.see(id, { startedAtMs: NOW_MS - upMs });
      return diagnose(scene.evidence())?.verdict?.rule ?? null;
    };
    expect([verdictAfter(900), verdictAfter(9_000)]).toEqual([null, 'leader-heard']);
  });

  test('who has stopped over its disk answers no vote, and its links are not called lost', () => {
    const scene = led(5);
    const [failed = ''] = scene.drawn;
    const reason = 'cannot write the log: ENOSPC';
    scene.say(failed, { health: 'storage-failed', healthReason: reason, leaderId: null });
    for (const agoMs of [4_000, 3_900]) {
      const asked = { term: 4, preVote: agoMs === 4_000, from: scene.leaderId, to: failed };
      scene.mark(scene.leaderId ?? '', agoMs, 'vote-requested', asked);
    }
    const diagnosis = diagnose(scene.evidence());
    expect(diagnosis?.verdict?.rule).toBe('storage');
    expect(diagnosis?.also.flatMap(({ verdict }) => verdict?.rule ?? [])).toEqual([]);
  });

  test('where there is a leader, nobody is said to get too few votes', () => {
    const scene = led(7);
    const [lone = ''] = scene.drawn;
    scene.say(lone, { leaderId: null });
    for (const peerId of scene.ids.filter((id) => id !== lone)) {
      scene.fault(lone, { kind: 'link-cut', peerId, direction: 'out' });
    }
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict?.rule).toBe('links-cut');
    expect(verdict?.consequence).toBe(
      'Whoever cannot talk with the leader both ways counts for no majority.',
    );
  });

  test('a link that is lost one way is told from one that is cut', () => {
    const { scene, candidate, leader } = deaf();
    scene.fault(leader, { kind: 'link-cut', peerId: candidate, direction: 'out' });
    const verdict = diagnose(scene.evidence())?.verdict;
    expect(verdict?.rule).toBe('leader-heard');
    expect(verdict?.sentence).toContain(`link node-${leader} → node-${candidate} is lost one way`);
    expect(verdict?.steps[0]).toMatchObject({ kind: 'heal', faults: [{ nodeId: leader }] });
  });
});

test('a voter that was not started because its port is taken is told with who has it', () => {
  const scene = new Scene(3, 3);
  scene.leaderId = null;
  const [first, second] = scene.drawn;
  const exitReason = 'not started: Port 7482 is used by redis-server (PID 4120).';
  for (const id of [first, second]) scene.down(id ?? '', { exitReason });
  const verdict = diagnose(scene.evidence())?.verdict;
  expect(verdict?.rule).toBe('voters-down');
  const told = verdict?.evidence.map(({ text }) => text) ?? [];
  expect(told.filter((text) => text.endsWith(` was ${exitReason}`))).toHaveLength(2);
});

test('a voter that ended over its data is offered a rebuild while there is a leader, and no start', () => {
  const scene = new Scene(3, 3);
  const [one = '', two = ''] = scene.drawn;
  const exitReason = 'exit code 1: data directory /d has lost its term and vote: meta.a is missing';
  scene.down(two, { process: 'crashed', exitReason });
  const stepsOf = (): unknown =>
    diagnose(scene.evidence())?.verdict?.steps.map(({ kind, label }) => [kind, label]);
  scene.leaderId = one;
  expect(stepsOf()).toEqual([
    ['rebuild', `Rebuild node-${two} from the leader…`],
    ['show', `Show the output of node-${two}`],
  ]);
});
