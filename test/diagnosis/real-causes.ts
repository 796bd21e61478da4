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
  /** It shows for a moment, because the cluster mends itself as soon as nobody does it any more. */
  readonly isPassing?: true;
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

/** So many that the others are no majority, drawn by chance. */
function tooMany(patient: Patient): readonly string[] {
  const ids = patient.drawn();
  return ids.slice(0, Math.ceil(ids.length / 2));
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
    const ids = tooMany(patient);
    const kill = patient.dice.between(0, 1) === 0;
    for (const id of ids) {
      if (kill) await patient.host.killNode(patient.ref(id));
      else await patient.stop(id);
    }
    return ids;
  },
  relieve: startAll,
};

const linksCut: RealCause = {
  rule: 'links-cut',
  quick: true,
  async inflict(patient) {
    const ids = patient.drawn();
    // One pair may stay together: it is a majority of three, and none of five.
    const isPair = ids.length > 3 && patient.dice.between(0, 1) === 0;
    const together = isPair ? ids.slice(0, 2) : [];
    for (const [one, other] of pairs(ids)) {
      if (together.includes(one) && together.includes(other)) continue;
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
  isPassing: true,
  isAmong: true,
  inflict: async (patient) => {
    const ids = patient.drawn();
    // Each stands at the same moment, again and again, and so votes for itself.
    patient.keepDoing(() => Promise.all(ids.map((id) => patient.send(id, 'RAFT', 'TIMEOUT'))));
    return ids;
  },
  relieve: (patient) => patient.leaveOff(),
};

const logBehind: RealCause = {
  rule: 'log-behind',
  quick: false,
  isAmong: true,
  async inflict(patient) {
    const ids = patient.drawn();
    const most = Math.ceil(ids.length / 2);
    const [behind, [ahead = '', ...others]] = [ids.slice(most), ids.slice(0, most)];
    for (const id of behind) await patient.stop(id);
    await patient.until(({ health }) => health.leaderId !== null);
    for (let at = patient.dice.between(3, 30); at > 0; at -= 1) {
      await patient.send(null, 'SET', `k${String(at)}`, 'v');
    }
    await patient.until(({ nodes }) => {
      const up = nodes.filter(({ id }) => !behind.includes(id));
      return new Set(up.map(({ status }) => status?.commitIndex)).size === 1;
    });
    for (const id of [...others, ahead]) await patient.stop(id);
    // The one with the entries waits long before it stands; those without ask at once.
    await patient.start(ahead, ['--election-timeout', '30000', '--heartbeat', '80']);
    for (const id of behind) await patient.start(id);
    return [ahead, ...behind];
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
    // A quick leader whose followers are slow goes on leading: it is among the slow ones.
    const leaderId = patient.view().health.leaderId ?? '';
    const others = patient.drawn().filter((id) => id !== leaderId);
    const ids = [leaderId, ...others.slice(0, others.length / 2)];
    const delayMs = patient.dice.between(1_200, 3_000);
    for (const id of ids) await patient.fault(id, { kind: 'disk-slow', delayMs });
    // An election needs their votes on disk.
    const quick = others.find((id) => !ids.includes(id)) ?? '';
    await patient.send(quick, 'RAFT', 'TIMEOUT');
    return ids;
  },
  relieve: (patient) => patient.heal(),
};

const storage: RealCause = {
  rule: 'storage',
  quick: true,
  async inflict(patient) {
    const ids = tooMany(patient);
    const kind = patient.dice.between(0, 1) === 0 ? 'disk-full' : 'disk-fsync-error';
    for (const id of ids) await patient.fault(id, { kind });
    // The next write finds it out.
    patient.tryWrite();
    return ids;
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
    const ids = tooMany(patient);
    for (const id of ids) await patient.stop(id);
    for (const id of ids) patient.loseData(id);
    for (const id of ids) await patient.start(id);
    return ids;
  },
};

const refusedLinks: RealCause = {
  rule: 'refused-links',
  quick: false,
  isAmong: true,
  async inflict(patient) {
    const ids = patient.drawn();
    const strange = tooMany(patient);
    for (const id of strange) await patient.stop(id);
    for (const id of strange) await patient.start(id, ['--secret-file', patient.secretFile(id)]);
    return ids;
  },
};

const frozen: RealCause = {
  rule: 'frozen',
  quick: true,
  async inflict(patient) {
    const ids = tooMany(patient);
    for (const id of ids) await patient.host.freezeNode(patient.ref(id));
    return ids;
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
