import { hold, leaderOrAny, type Fault, type FaultKind, type Scene } from './fault.ts';

const MEMBERS_MIN = 3;
const MEMBERS_MAX = 5;

/** Nodes join and are removed under load; every id is used once. */
const membershipFault: Fault = {
  strike: async (scene: Scene) => {
    const { cluster, random } = scene;
    const size = cluster.ids.length;
    const joins = size <= MEMBERS_MIN || (size < MEMBERS_MAX && random.chance(0.5));
    if (joins) {
      await cluster.join();
    } else {
      const id = random.chance(0.5) ? await leaderOrAny(scene) : random.of(cluster.ids);
      await cluster.remove(id);
    }
    await hold(scene, 0, 300);
    return true;
  },
};

/** Changes of membership. */
export const MEMBERSHIP: FaultKind = {
  name: 'membership',
  summary: 'nodes join and are removed, the leader too',
  obstacle: () => null,
  create: async () => membershipFault,
};
