import type { RuleId } from '../../../../renderer/features/why/verdict.ts';
import { NOW_MS } from '../../../host/status-fixture.ts';
import { Scene } from './scene.ts';

/** A scene with one cause in it, and what a diagnosis of it must name. */
export interface Cause {
  readonly rule: RuleId;
  readonly scene: Scene;
  readonly nodeIds: readonly string[];
  readonly says: RegExp;
}

type Make = (seed: number) => Omit<Cause, 'rule'>;

function someFail(scene: Scene): readonly string[] {
  return scene.drawn.slice(0, scene.fatal);
}

function votersDown(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const nodeIds = someFail(scene);
  for (const id of nodeIds) scene.down(id);
  return { scene, nodeIds, says: /(is|are) stopped\.$/ };
}

function linksCut(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  for (const [at, one] of scene.ids.entries()) {
    for (const other of scene.ids.slice(at + 1)) scene.cut(one, other);
  }
  return { scene, nodeIds: scene.ids, says: /^No group of voters .* has \d members: node-\d+ \|/ };
}

function unknownMembers(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed, 1);
  scene.strangers = [String(scene.dice.between(8, 20)), String(scene.dice.between(21, 40))];
  const says = new RegExp(
    `still count node ${scene.strangers.join(' and node ')}, which do not exist`,
  );
  return { scene, nodeIds: scene.strangers, says };
}

/** The first two drawn stand `apartMs` apart in each of `terms` terms, and nobody wins. */
function split(scene: Scene, terms: number, apartMs: number): readonly string[] {
  const two = scene.drawn.slice(0, 2);
  for (let at = 0; at < terms; at += 1) {
    for (const [place, id] of two.entries()) {
      const agoMs = 9_000 - at * 1_000 - place * apartMs;
      scene.mark(id, agoMs, 'role', { role: 'candidate', term: 10 + at });
    }
  }
  return two;
}

function splitVotes(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const apartMs = scene.dice.between(2, 9);
  const nodeIds = split(scene, scene.dice.between(3, 7), apartMs);
  return { scene, nodeIds, says: new RegExp(`stand within ${String(apartMs)}\\.0 ms`) };
}

function refusals(scene: Scene, count: number, reason: string): void {
  const [candidate = '', voter = ''] = scene.drawn;
  for (let at = 0; at < count; at += 1) {
    const fields = { term: 4, preVote: true, candidate, granted: false, reason };
    scene.mark(voter, 6_000 - at * 900, 'vote-answered', fields);
  }
}

function logBehind(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const [candidate = '', voter = ''] = scene.drawn;
  const last = scene.dice.between(20, 900);
  const behind = last - scene.dice.between(1, 15);
  for (const id of scene.ids) scene.say(id, { lastIndex: last });
  scene.say(candidate, { lastIndex: behind });
  refusals(scene, scene.dice.between(2, 6), 'log is behind');
  const says = new RegExp(
    `^node-${candidate} asks .* ends at ${String(behind)}, node-${voter}.* at ${String(last)}`,
  );
  return { scene, nodeIds: [candidate, voter], says };
}

function leaderHeard(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const [candidate = '', voter = '', leader = ''] = scene.drawn;
  scene.say(voter, { leaderId: leader });
  refusals(scene, scene.dice.between(2, 6), 'hears a leader');
  const says = new RegExp(
    `^node-${voter} still hears leader node-${leader}; node-${candidate} does not`,
  );
  return { scene, nodeIds: [candidate, leader], says };
}

function slowLinks(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const ms = scene.dice.between(101, 2_000);
  for (const id of scene.ids) {
    for (const peerId of scene.ids) {
      if (peerId === id) continue;
      const delay = { kind: 'link-delay', peerId, direction: 'out' } as const;
      scene.fault(id, { ...delay, meanMs: ms, shifted: 10 });
    }
  }
  return { scene, nodeIds: scene.ids, says: /^Round trips take [\d.]+ (ms|s), elections time out/ };
}

function slowDisk(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const nodeIds = someFail(scene);
  const ms = scene.dice.between(401, 998);
  for (const id of nodeIds) {
    scene.fault(id, { kind: 'disk-slow', meanMs: ms, shifted: 10 });
  }
  return { scene, nodeIds, says: new RegExp(`disks? needs? ${String(ms)} ms per write`) };
}

function storage(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const nodeIds = someFail(scene);
  for (const id of nodeIds) {
    if (scene.dice.between(0, 1) === 0) {
      scene.say(id, { health: 'storage-failed', healthReason: 'ENOSPC: no space left' });
    } else {
      const exitReason = 'exit code 1: the log of node 2 is damaged at entry 12';
      scene.down(id, { process: 'crashed', exitReason });
    }
  }
  return { scene, nodeIds, says: /cannot use its data: / };
}

function lostIdentity(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const nodeIds = someFail(scene);
  for (const id of nodeIds) {
    scene.say(id, { health: 'waiting', members: [], lastIndex: 0, links: [] });
  }
  return { scene, nodeIds, says: /came back without (its|their) data/ };
}

function refuse(scene: Scene, ids: readonly string[], lastError: string): void {
  for (const from of scene.ids) {
    const links = scene.ids
      .filter((to) => to !== from)
      .map((id) => {
        const isRefused = ids.includes(id) !== ids.includes(from) || ids.includes(id);
        return { id, connected: !isRefused, lastError: isRefused ? lastError : null };
      });
    scene.say(from, { links });
  }
}

const REFUSALS = [
  'the cluster secret is not the same',
  'host not found',
  'self-signed certificate in certificate chain',
  'this is node 9, not node 2',
];

function refusedLinks(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const text = REFUSALS[scene.dice.between(0, REFUSALS.length - 1)] ?? '';
  refuse(scene, someFail(scene), text);
  return { scene, nodeIds: scene.ids, says: new RegExp(`cannot connect to node-\\d+: ${text}`) };
}

function frozen(seed: number): Omit<Cause, 'rule'> {
  const scene = new Scene(seed);
  const nodeIds = someFail(scene);
  const isFrozen = scene.dice.between(0, 1) === 0;
  const heardAtMs = NOW_MS - scene.dice.between(2_100, 60_000);
  for (const id of nodeIds) {
    scene.see(id, { heardAtMs, process: isFrozen ? 'frozen' : 'running' });
  }
  return { scene, nodeIds, says: isFrozen ? /(is|are) frozen\.$/ : /(has|have) not answered for/ };
}

const MAKERS: readonly (readonly [RuleId, Make])[] = [
  ['voters-down', votersDown],
  ['links-cut', linksCut],
  ['unknown-members', unknownMembers],
  ['split-votes', splitVotes],
  ['log-behind', logBehind],
  ['leader-heard', leaderHeard],
  ['slow-links', slowLinks],
  ['slow-disk', slowDisk],
  ['storage', storage],
  ['lost-identity', lostIdentity],
  ['refused-links', refusedLinks],
  ['frozen', frozen],
];

/** Every cause, with node and numbers chosen by the seed. */
export function causesOf(seed: number): readonly Cause[] {
  return MAKERS.map(([rule, make]) => ({ rule, ...make(seed) }));
}

/** One failure fewer than would matter, or one that is just not large enough; nobody leads yet. */
export const NEAR_MISSES: readonly (readonly [string, (seed: number) => Scene])[] = [
  [
    'one voter fewer is down than would stop the cluster',
    (seed) => {
      const scene = new Scene(seed);
      for (const id of someFail(scene).slice(1)) scene.down(id);
      return scene;
    },
  ],
  [
    'a cut that leaves a majority on one side',
    (seed) => {
      const scene = new Scene(seed);
      const minority = someFail(scene).slice(1);
      for (const one of minority) {
        for (const other of scene.ids) if (!minority.includes(other)) scene.cut(one, other);
      }
      return scene;
    },
  ],
  [
    'members that do not exist, and enough that do',
    (seed) => {
      const scene = new Scene(seed, 3);
      scene.strangers = ['9'];
      return scene;
    },
  ],
  [
    'votes that were split twice',
    (seed) => {
      const scene = new Scene(seed);
      split(scene, 2, 4);
      return scene;
    },
  ],
  [
    'one refusal for a log that is behind',
    (seed) => {
      const scene = new Scene(seed);
      refusals(scene, 1, 'log is behind');
      return scene;
    },
  ],
  [
    'refusals for a log that is behind by one that stands itself',
    (seed) => {
      const scene = new Scene(seed);
      refusals(scene, 4, 'log is behind');
      const [, voter = '', third = ''] = scene.drawn;
      scene.mark(voter, 900, 'vote-requested', { to: third, term: 4, preVote: true });
      return scene;
    },
  ],
  [
    'one answer that took long, among quick ones',
    (seed) => {
      const scene = new Scene(seed);
      for (const to of scene.ids) {
        for (const from of scene.ids) {
          if (from === to) continue;
          for (const [agoMs, tookMs] of [
            [5_000, 900],
            [3_000, 4],
            [1_000, 5],
          ] as const) {
            scene.mark(from, agoMs, 'vote-requested', { to, term: 4, preVote: true });
            scene.mark(from, agoMs - tookMs, 'vote-received', { from: to, preVote: true });
          }
          scene.mark(to, 950, 'vote-answered', { candidate: from, granted: true });
        }
      }
      return scene;
    },
  ],
  [
    'one refusal because a leader was heard',
    (seed) => {
      const scene = new Scene(seed);
      refusals(scene, 1, 'hears a leader');
      return scene;
    },
  ],
  [
    'round trips of just half an election timeout',
    (seed) => {
      const scene = new Scene(seed);
      for (const id of scene.ids) {
        for (const peerId of scene.ids) {
          if (peerId === id) continue;
          scene.fault(id, {
            kind: 'link-delay',
            peerId,
            direction: 'out',
            meanMs: 100,
            shifted: 9,
          });
        }
      }
      return scene;
    },
  ],
  [
    'slow disks on fewer nodes than would matter, and one just quick enough',
    (seed) => {
      const scene = new Scene(seed);
      for (const [at, id] of someFail(scene).entries()) {
        scene.fault(id, { kind: 'disk-slow', meanMs: at === 0 ? 400 : 2_000, shifted: 9 });
      }
      return scene;
    },
  ],
  [
    'damaged, empty and frozen nodes while a majority takes part',
    (seed) => {
      const scene = new Scene(seed, 7);
      const [one = '', two = '', three = ''] = scene.drawn;
      scene.say(one, { health: 'damaged', healthReason: 'its log lost entries' });
      scene.say(two, { health: 'waiting', members: [], links: [] });
      scene.see(three, { process: 'frozen', heardAtMs: NOW_MS - 9_000 });
      return scene;
    },
  ],
  [
    'one node whose secret is another',
    (seed) => {
      const scene = new Scene(seed);
      refuse(scene, scene.drawn.slice(0, 1), REFUSALS[0] ?? '');
      return scene;
    },
  ],
  [
    'a node that was last heard 1.9 seconds ago',
    (seed) => {
      const scene = new Scene(seed);
      for (const id of scene.ids) scene.see(id, { heardAtMs: NOW_MS - 1_900 });
      return scene;
    },
  ],
];
