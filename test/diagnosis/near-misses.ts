import type { RuleId } from '../../renderer/features/why/verdict.ts';
import type { Patient } from './patient.ts';

/** What was done to a cluster that keeps its majority. */
export interface Disturbance {
  /** The nodes that it was done to: no verdict may name another one. */
  readonly nodeIds: readonly string[];
  /** What may be said of those nodes while not all of them take part; nothing where none is named. */
  readonly rules: readonly RuleId[];
  /** It lasts: before the end of the watch one of the rules must have been named. */
  readonly isLasting: boolean;
}

/** Something that keeps no cluster from having a leader. */
export interface NearMiss {
  readonly name: string;
  readonly disturb: (patient: Patient) => Promise<Disturbance>;
}

function quiet(nodeIds: readonly string[]): Disturbance {
  return { nodeIds, rules: [], isLasting: false };
}

function lasting(nodeId: string, ...rules: readonly RuleId[]): Disturbance {
  return { nodeIds: [nodeId], rules, isLasting: true };
}

async function onEveryLink(
  patient: Patient,
  fault:
    | { readonly kind: 'link-delay'; readonly delayMs: number; readonly jitterMs: number }
    | { readonly kind: 'link-drop'; readonly probability: number },
): Promise<Disturbance> {
  const ids = patient.drawn();
  for (const one of ids) {
    for (const peerId of ids.filter((id) => id !== one)) {
      await patient.fault(one, { ...fault, peerId, direction: 'out' });
    }
  }
  return quiet([]);
}

/** Each leaves a majority that can elect; none may be taken for the cause of a missing leader. */
export const NEAR_MISSES: readonly NearMiss[] = [
  {
    name: 'one node stopped',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.stop(one);
      return lasting(one, 'voters-down');
    },
  },
  {
    name: 'one node killed',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.host.killNode(patient.ref(one));
      return lasting(one, 'voters-down');
    },
  },
  {
    name: 'one node frozen',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.host.freezeNode(patient.ref(one));
      return lasting(one, 'frozen');
    },
  },
  {
    name: 'one link cut both ways',
    disturb: async (patient) => {
      const [one = '', other = ''] = patient.drawn();
      for (const direction of ['in', 'out'] as const) {
        await patient.fault(one, { kind: 'link-cut', peerId: other, direction });
      }
      // Between two followers nothing is amiss; a follower that the leader cannot reach asks for votes.
      const rules = ['links-cut', 'leader-heard'] as const;
      return { nodeIds: [one, other], rules, isLasting: false };
    },
  },
  {
    name: 'links a little late',
    disturb: (patient) => {
      const delayMs = patient.dice.between(5, 40);
      return onEveryLink(patient, { kind: 'link-delay', delayMs, jitterMs: 0 });
    },
  },
  {
    name: 'links that lose a tenth',
    disturb: (patient) => onEveryLink(patient, { kind: 'link-drop', probability: 0.1 }),
  },
  {
    name: 'disks a little slow',
    disturb: async (patient) => {
      const delayMs = patient.dice.between(5, 60);
      for (const id of patient.drawn()) await patient.fault(id, { kind: 'disk-slow', delayMs });
      return quiet([]);
    },
  },
  {
    name: 'one disk full',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.fault(one, { kind: 'disk-full' });
      // The next write finds it out, whoever it is answered by.
      patient.tryWrite();
      return lasting(one, 'storage');
    },
  },
  {
    name: 'one election asked for',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.send(one, 'RAFT', 'TIMEOUT');
      return quiet([]);
    },
  },
  {
    name: 'one node without its data',
    disturb: async (patient) => {
      const [one = ''] = patient.drawn();
      await patient.stop(one);
      patient.loseData(one);
      await patient.start(one);
      // Until it has said that it is without, all that is known is that it does not run.
      return lasting(one, 'lost-identity', 'voters-down');
    },
  },
];
