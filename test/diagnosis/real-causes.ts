import { testPorts } from '../host/test-port.ts';
import { Patient } from './patient.ts';
import type { RuleId } from '../../renderer/features/why/verdict.ts';

/** Something that is done to real nodes, with node and numbers by chance. */
export interface RealCause {
  readonly rule: RuleId;
  /** Short enough, and gentle enough to the cluster, for every run of the tests. */
  readonly quick: boolean;
  /**
   * The verdict may name some of them only: who stands in a split vote, and who has dialled whom by
   * the time of the question, is not up to the test.
   */
  readonly isAmong?: true;
  /** Does it; returns the nodes that the verdict must name, all of them. */
  readonly inflict: (patient: Patient) => Promise<readonly string[]>;
  /** Makes the same cluster well again; absent where another one is needed. */
  readonly relieve?: (patient: Patient) => Promise<void>;
}

async function resume(patient: Patient): Promise<void> {
  for (const { id, process } of patient.view().nodes) {
    if (process === 'frozen') await patient.host.resumeNode(patient.ref(id));
  }
}

async function startAll(patient: Patient): Promise<void> {
  await patient.heal();
  for (const { id, process } of patient.view().nodes) {
    if (process === 'stopped' || process === 'crashed') await patient.start(id);
  }
}

/** Every pair of nodes, both ways. */
function pairs(ids: readonly string[]): readonly (readonly [string, string])[] {
  return ids.flatMap((one) =>
    ids.flatMap((other) => (one === other ? [] : [[one, other] as const])),
  );
}

const votersDown: RealCause = {
  rule: 'voters-down',
  quick: true,
  async inflict(patient) {
    const [one = '', two = ''] = patient.drawn();
    const kill = patient.dice.between(0, 1) === 0;
    for (const id of [one, two]) {
      if (kill) await patient.host.killNode(patient.ref(id));
      else await patient.stop(id);
    }
    return [one, two];
  },
  relieve: startAll,
};

const linksCut: RealCause = {
  rule: 'links-cut',
  quick: true,
  async inflict(patient) {
    const ids = patient.drawn();
    for (const [one, other] of pairs(ids)) {
      await patient.fault(one, { kind: 'link-cut', peerId: other, direction: 'out' });
    }
    return ids;
  },
  relieve: (patient) => patient.heal(),
};

const unknownMembers: RealCause = {
  rule: 'unknown-members',
  quick: false,
  async inflict(patient) {
    const port = await testPorts(2);
    const ids = [String(patient.dice.between(8, 20)), String(patient.dice.between(21, 40))];
    const ends: (() => Promise<void>)[] = [];
    for (const [at, id] of ids.entries()) ends.push(await patient.stranger(id, port + at));
    for (const end of ends) await end();
    return ids;
  },
};

const splitVotes: RealCause = {
  rule: 'split-votes',
  quick: false,
  isAmong: true,
  async inflict(patient) {
    const ids = patient.drawn();
    // Each stands at the same moment, again and again, and so votes for itself.
    const untilMs = Date.now() + 6_000;
    while (Date.now() < untilMs) {
      await Promise.all(ids.map((id) => patient.send(id, 'RAFT', 'TIMEOUT')));
      const found = patient.diagnosis();
      if (found?.question === 'no-leader' && found.verdict?.rule === 'split-votes') break;
    }
    return ids;
  },
  relieve: () => Promise.resolve(),
};

const logBehind: RealCause = {
  rule: 'log-behind',
  quick: false,
  async inflict(patient) {
    const [behind = '', ahead = '', other = ''] = patient.drawn();
    await patient.stop(behind);
    await patient.until(({ health }) => health.leaderId !== null);
    for (let at = patient.dice.between(3, 30); at > 0; at -= 1) {
      await patient.send(null, 'SET', `k${String(at)}`, 'v');
    }
    await patient.until(({ nodes }) => {
      const ends = nodes.filter(({ id }) => id !== behind).map(({ status }) => status?.commitIndex);
      return ends[0] === ends[1];
    });
    await patient.stop(other);
    await patient.stop(ahead);
    // The one with the entries waits long before it stands; the one without asks at once.
    await patient.start(ahead, ['--election-timeout', '30000', '--heartbeat', '80']);
    await patient.start(behind);
    return [behind, ahead];
  },
};

const leaderHeard: RealCause = {
  rule: 'leader-heard',
  quick: false,
  async inflict(patient) {
    const { leaderId } = patient.view().health;
    const [deaf = ''] = patient.drawn().filter((id) => id !== leaderId);
    await patient.fault(leaderId ?? '', { kind: 'link-cut', peerId: deaf, direction: 'out' });
    return [deaf, leaderId ?? ''];
  },
  relieve: (patient) => patient.heal(),
};

const slowLinks: RealCause = {
  rule: 'slow-links',
  quick: false,
  async inflict(patient) {
    const ids = patient.drawn();
    const delayMs = patient.dice.between(900, 1_500);
    for (const [one, other] of pairs(ids)) {
      const delay = { kind: 'link-delay', delayMs, jitterMs: 0 } as const;
      await patient.fault(one, { ...delay, peerId: other, direction: 'out' });
    }
    return ids;
  },
  relieve: (patient) => patient.heal(),
};

const slowDisk: RealCause = {
  rule: 'slow-disk',
  quick: false,
  async inflict(patient) {
    const [one = '', two = ''] = patient.drawn();
    const delayMs = patient.dice.between(1_200, 3_000);
    for (const id of [one, two]) await patient.fault(id, { kind: 'disk-slow', delayMs });
    // A leader whose followers are slow still leads; an election needs their votes on disk.
    const third = patient.drawn().find((id) => id !== one && id !== two) ?? '';
    await patient.send(third, 'RAFT', 'TIMEOUT');
    return [one, two];
  },
  relieve: (patient) => patient.heal(),
};

const storage: RealCause = {
  rule: 'storage',
  quick: true,
  async inflict(patient) {
    const [one = '', two = ''] = patient.drawn();
    const kind = patient.dice.between(0, 1) === 0 ? 'disk-full' : 'disk-fsync-error';
    for (const id of [one, two]) await patient.fault(id, { kind });
    // The next write finds it out.
    const command = { clusterId: patient.clusterId, nodeId: null, followRedirects: true };
    void patient.host.sendCommand({ ...command, args: ['SET', 'k', 'v'] });
    return [one, two];
  },
  async relieve(patient) {
    await patient.heal();
    for (const { id, status } of patient.view().nodes) {
      if (status?.health === 'storage-failed') await patient.host.restartNode(patient.ref(id));
    }
    await startAll(patient);
  },
};

const lostIdentity: RealCause = {
  rule: 'lost-identity',
  quick: false,
  async inflict(patient) {
    const [one = '', two = ''] = patient.drawn();
    for (const id of [one, two]) await patient.stop(id);
    for (const id of [one, two]) patient.loseData(id);
    for (const id of [one, two]) await patient.start(id);
    return [one, two];
  },
};

const refusedLinks: RealCause = {
  rule: 'refused-links',
  quick: false,
  isAmong: true,
  async inflict(patient) {
    const ids = patient.drawn();
    const strange = ids.slice(0, 2);
    for (const id of strange) await patient.stop(id);
    for (const id of strange) await patient.start(id, ['--secret-file', patient.secretFile(id)]);
    return ids;
  },
};

const frozen: RealCause = {
  rule: 'frozen',
  quick: true,
  async inflict(patient) {
    const [one = '', two = ''] = patient.drawn();
    for (const id of [one, two]) await patient.host.freezeNode(patient.ref(id));
    return [one, two];
  },
  relieve: resume,
};

/** The twelve; those that leave the cluster as it was come first. */
export const REAL_CAUSES: readonly RealCause[] = [
  votersDown,
  frozen,
  linksCut,
  leaderHeard,
  slowLinks,
  splitVotes,
  slowDisk,
  storage,
  logBehind,
  refusedLinks,
  lostIdentity,
  unknownMembers,
];

/** Something that keeps no cluster from having a leader. */
export interface NearMiss {
  readonly name: string;
  readonly disturb: (patient: Patient) => Promise<void>;
}

/** Each leaves a majority of three that can elect; none may be taken for the cause of anything. */
export const NEAR_MISSES: readonly NearMiss[] = [
  { name: 'one node stopped', disturb: (patient) => patient.stop(patient.drawn()[0] ?? '') },
  {
    name: 'one node killed',
    disturb: async (patient) => {
      await patient.host.killNode(patient.ref(patient.drawn()[0] ?? ''));
    },
  },
  {
    name: 'one node frozen',
    disturb: async (patient) => {
      await patient.host.freezeNode(patient.ref(patient.drawn()[0] ?? ''));
    },
  },
  {
    name: 'one link cut both ways',
    disturb: async (patient) => {
      const [one = '', other = ''] = patient.drawn();
      for (const direction of ['in', 'out'] as const) {
        await patient.fault(one, { kind: 'link-cut', peerId: other, direction });
      }
    },
  },
  {
    name: 'links a little late',
    disturb: async (patient) => {
      const delayMs = patient.dice.between(5, 40);
      for (const [one, peerId] of pairs(patient.drawn())) {
        const delay = { kind: 'link-delay', delayMs, jitterMs: 0 } as const;
        await patient.fault(one, { ...delay, peerId, direction: 'out' });
      }
    },
  },
  {
    name: 'links that lose a tenth',
    disturb: async (patient) => {
      for (const [one, peerId] of pairs(patient.drawn())) {
        await patient.fault(one, { kind: 'link-drop', probability: 0.1, peerId, direction: 'out' });
      }
    },
  },
  {
    name: 'disks a little slow',
    disturb: async (patient) => {
      const delayMs = patient.dice.between(5, 60);
      for (const id of patient.drawn()) await patient.fault(id, { kind: 'disk-slow', delayMs });
    },
  },
  {
    name: 'one disk full',
    disturb: (patient) => patient.fault(patient.drawn()[0] ?? '', { kind: 'disk-full' }),
  },
  {
    name: 'one election asked for',
    disturb: (patient) => patient.send(patient.drawn()[0] ?? '', 'RAFT', 'TIMEOUT'),
  },
  {
    name: 'one node without its data',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.stop(one);
      patient.loseData(one);
      await patient.start(one);
    },
  },
];
