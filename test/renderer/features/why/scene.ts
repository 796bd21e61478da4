import type {
  ClusterView,
  EventView,
  FaultView,
  NodeView,
} from '../../../../main/contract/model.ts';
import { computeHealth } from '../../../../main/host/health.ts';
import type { NodeStatus } from '../../../../node-engine/node/status.ts';
import type { Evidence } from '../../../../renderer/features/why/evidence.ts';
import { memberOf, nodeOf, NOW_MS, statusOf } from '../../../host/status-fixture.ts';

/** Numbers from a seed (mulberry32), so that a scene that fails can be had again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return min + (((bits ^ (bits >>> 14)) >>> 0) % (max - min + 1));
  }

  /** The same items in any order. */
  shuffled<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => ({ item, place: this.between(0, 1_000_000) }))
      .sort((left, right) => left.place - right.place)
      .map(({ item }) => item);
  }
}

/** A cluster without a leader whose voters all run and answer, until a test changes some of it. */
export class Scene {
  readonly dice: Dice;
  readonly ids: readonly string[];
  /** The ids in an order that the seed chose. */
  readonly drawn: readonly string[];
  readonly #status = new Map<string, Partial<NodeStatus>>();
  readonly #node = new Map<string, Partial<NodeView>>();
  readonly #marks: EventView[] = [];
  /** What the members count beside the nodes that are there. */
  strangers: readonly string[] = [];
  leaderId: string | null = null;

  constructor(seed: number, size?: number) {
    this.dice = new Dice(seed);
    const count = size ?? [3, 5, 7][this.dice.between(0, 2)] ?? 3;
    this.ids = Array.from({ length: count }, (_, at) => String(at + 1));
    this.drawn = this.dice.shuffled(this.ids);
  }

  get quorum(): number {
    return Math.floor((this.ids.length + this.strangers.length) / 2) + 1;
  }

  /** So many voters must fail before too few are left. */
  get fatal(): number {
    return this.ids.length - this.quorum + 1;
  }

  say(id: string, change: Partial<NodeStatus>): void {
    this.#status.set(id, { ...this.#status.get(id), ...change });
  }

  see(id: string, change: Partial<NodeView>): void {
    this.#node.set(id, { ...this.#node.get(id), ...change });
  }

  fault(id: string, fault: Partial<FaultView> & Pick<FaultView, 'kind'>): void {
    const faults = this.#status.get(id)?.faults ?? [];
    const whole: FaultView = {
      id: `f${String(faults.length + 1)}`,
      description: fault.kind,
      peerId: null,
      direction: 'none',
      leaseMs: 20_000,
      measured: '10 of 10',
      seen: 10,
      stopped: 0,
      shifted: 0,
      meanMs: null,
      extremeMs: null,
      bytesPerSecond: null,
      ...fault,
    };
    this.say(id, { faults: [...faults, whole] });
  }

  /** Cuts both directions of a link, each at the node that sends. */
  cut(one: string, other: string): void {
    this.fault(one, { kind: 'link-cut', peerId: other, direction: 'out' });
    this.fault(other, { kind: 'link-cut', peerId: one, direction: 'out' });
  }

  down(id: string, change: Partial<NodeView> = {}): void {
    const exit = { process: 'stopped', pid: null, connected: false } as const;
    this.see(id, { ...exit, exitedAtMs: NOW_MS - 8_000, heardAtMs: NOW_MS - 8_000, ...change });
  }

  mark(nodeId: string, agoMs: number, type: string, fields: EventView['fields']): void {
    const sequence = this.#marks.length + 1;
    const about = { sequence, clusterId: 'a1b2', nodeId, nodeSequence: sequence };
    this.#marks.push({ ...about, timeMs: NOW_MS - agoMs, type, fields });
  }

  evidence(): Evidence {
    const members = [...this.ids, ...this.strangers].map((id) => memberOf(id));
    const links = (id: string) =>
      members
        .filter((member) => member.id !== id)
        .map((member) => ({ id: member.id, connected: true, lastError: null }));
    const nodes = this.ids.map((id) => {
      const leads = id === this.leaderId;
      const status = statusOf(id, {
        role: leads ? 'leader' : 'follower',
        leaderId: this.leaderId,
        members,
        links: links(id),
        ...this.#status.get(id),
      });
      return nodeOf(status, this.#node.get(id));
    });
    const health = computeHealth({
      nodes,
      nowMs: NOW_MS,
      starting: false,
      leaderChangedAtMs: NOW_MS - 12_000,
      lagMs: () => null,
    });
    const view: ClusterView = {
      id: 'a1b2',
      name: 'orders-lab',
      createdAtMs: NOW_MS - 60_000,
      machine: 'kv',
      directory: '/tmp/orders-lab',
      health,
      nodes,
      operation: null,
      connectCommand: null,
      timeMs: NOW_MS,
    };
    const marks = [...this.#marks].sort((left, right) => left.timeMs - right.timeMs);
    return { view, marks, nowMs: NOW_MS };
  }
}
