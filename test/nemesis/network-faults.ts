import { execFileSync } from 'node:child_process';

import { findTool } from '../require-tool.ts';
import { hold, leaderOrAny, type Fault, type FaultKind, type Scene } from './fault.ts';

/** Ids in two groups, the leader in the smaller one half of the time. */
async function split(scene: Scene): Promise<readonly [readonly string[], readonly string[]]> {
  const { cluster, random } = scene;
  const leader = await leaderOrAny(scene);
  const others = random.shuffled(cluster.ids.filter((id) => id !== leader));
  const minority = Math.floor((cluster.ids.length - 1) / 2);
  if (random.chance(0.5)) {
    return [[leader, ...others.slice(0, minority - 1)], others.slice(minority - 1)];
  }
  return [others.slice(0, minority), [leader, ...others.slice(minority)]];
}

function heal({ cluster, random }: Scene): boolean {
  return cluster.links.healAll(random.chance(0.5) ? 'late' : 'lost');
}

const partitionFault: Fault = {
  strike: async (scene) => {
    const [few, many] = await split(scene);
    for (const one of few) {
      for (const other of many) {
        scene.cluster.links.cut(one, other);
        scene.cluster.links.cut(other, one);
      }
    }
    await hold(scene, 500, 3_000);
    return heal(scene);
  },
};

/** One node hears and is not heard, is heard and does not hear, or two do not hear each other. */
const oneWayFault: Fault = {
  strike: async (scene) => {
    const { cluster, random } = scene;
    const { links } = cluster;
    const one = await leaderOrAny(scene);
    const others = random.shuffled(cluster.ids.filter((id) => id !== one));
    const [first = one] = others;
    const dice = random.below(3);
    if (dice === 0) for (const other of others) links.cut(one, other);
    else if (dice === 1) for (const other of others) links.cut(other, one);
    else links.cut(...(random.chance(0.5) ? ([one, first] as const) : ([first, one] as const)));
    await hold(scene, 500, 3_000);
    return heal(scene);
  },
};

const slowFault: Fault = {
  strike: async (scene) => {
    const { cluster, random } = scene;
    const slowed = await leaderOrAny(scene);
    for (const other of cluster.ids.filter((id) => id !== slowed)) {
      const delayMs = random.between(20, 250);
      cluster.links.slow(slowed, other, delayMs, delayMs);
      if (random.chance(0.5)) cluster.links.slow(other, slowed, delayMs, delayMs);
    }
    await hold(scene, 500, 2_500);
    return cluster.links.healAll('late');
  },
};

/** Loses real packets on the way to one node: TCP repeats them, later and later. */
class PacketLoss implements Fault {
  readonly #table = `raftdeck_nemesis_${process.pid}`;

  constructor() {
    nft('add', 'table', 'inet', this.#table);
    const hook = '{ type filter hook input priority 0 ; policy accept ; }';
    nft('add', 'chain', 'inet', this.#table, 'lossy', hook);
  }

  async strike(scene: Scene): Promise<boolean> {
    const { cluster, random } = scene;
    const one = await leaderOrAny(scene);
    const percent = random.of([10, 30, 60, 100]);
    for (const other of cluster.ids.filter((id) => id !== one)) {
      const [from, to] = random.chance(0.5) ? [one, other] : [other, one];
      const source = cluster.links.sourceOf(from, to);
      const chance = percent === 100 ? [] : ['numgen', 'random', 'mod', '100', '<', `${percent}`];
      nft(
        'add',
        'rule',
        'inet',
        this.#table,
        'lossy',
        'ip',
        'saddr',
        source,
        ...chance,
        'counter',
        'drop',
      );
    }
    await hold(scene, 500, 3_000);
    const rules = nft('list', 'chain', 'inet', this.#table, 'lossy');
    nft('flush', 'chain', 'inet', this.#table, 'lossy');
    return /counter packets [1-9]/.test(rules);
  }

  async dispose(): Promise<void> {
    nft('delete', 'table', 'inet', this.#table);
  }
}

function nft(...args: readonly string[]): string {
  return execFileSync('nft', args, { stdio: 'pipe', encoding: 'utf8' });
}

function nftObstacle(): string | null {
  const tool = findTool('nft');
  if ('missing' in tool) return tool.missing;
  if (process.getuid?.() !== 0) return 'only root may drop packets';
  const table = `raftdeck_probe_${process.pid}`;
  try {
    nft('add', 'table', 'inet', table);
    nft('delete', 'table', 'inet', table);
    return null;
  } catch (error) {
    return `nft does not work here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Faults of the network between nodes. */
export const NETWORK_FAULTS: readonly FaultKind[] = [
  {
    name: 'partition',
    summary: 'a minority is cut off in both directions, with or without the leader',
    obstacle: () => null,
    create: async () => partitionFault,
  },
  {
    name: 'one-way',
    summary: 'a node is not heard, or does not hear, or two do not hear each other',
    obstacle: () => null,
    create: async () => oneWayFault,
  },
  {
    name: 'slow-links',
    summary: 'messages take 20 to 500 ms',
    obstacle: () => null,
    create: async () => slowFault,
  },
  {
    name: 'packets',
    tool: 'nft',
    summary: 'the kernel drops 10 to 100 % of the packets of a direction (nft)',
    obstacle: nftObstacle,
    create: async () => new PacketLoss(),
  },
];
