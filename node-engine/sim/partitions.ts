import type { NodeId } from '../raft/types.ts';
import type { FaultKind } from './profile.ts';
import type { Prng } from './prng.ts';

type Link = readonly [NodeId, NodeId];

/** The kinds of faults that cut links. */
export type PartitionShape = Extract<
  FaultKind,
  'isolate' | 'split' | 'one-way' | 'bridge' | 'ring' | 'flap'
>;

/** The links that a partition of this shape cuts. */
export function partitionLinks(
  shape: PartitionShape,
  ids: readonly NodeId[],
  prng: Prng,
): readonly Link[] {
  const order = shuffled(ids, prng);
  switch (shape) {
    case 'isolate':
    case 'flap':
      return bothWays(order.slice(0, 1), order.slice(1));
    case 'split': {
      const size = prng.between(1, Math.max(1, order.length - 1));
      return bothWays(order.slice(0, size), order.slice(size));
    }
    case 'one-way':
      return oneWay(order.slice(0, 1), order.slice(1), prng.chance(0.5));
    case 'bridge': {
      // The first sees everyone; the others see only their own half and the bridge.
      const middle = 1 + ((order.length - 1) >> 1);
      return bothWays(order.slice(1, middle), order.slice(middle));
    }
    case 'ring':
      return ringLinks(order);
  }
}

function bothWays(left: readonly NodeId[], right: readonly NodeId[]): readonly Link[] {
  return [...oneWay(left, right, false), ...oneWay(left, right, true)];
}

function oneWay(
  left: readonly NodeId[],
  right: readonly NodeId[],
  isReversed: boolean,
): readonly Link[] {
  return left.flatMap((from) => right.map((to): Link => (isReversed ? [to, from] : [from, to])));
}

/** Everyone sees only the next and the one before. */
function ringLinks(order: readonly NodeId[]): readonly Link[] {
  const links: Link[] = [];
  order.forEach((from, place) => {
    order.forEach((to, other) => {
      const distance = Math.abs(place - other);
      if (distance > 1 && distance < order.length - 1) links.push([from, to]);
    });
  });
  return links;
}

function shuffled(ids: readonly NodeId[], prng: Prng): NodeId[] {
  const order = [...ids];
  for (let place = order.length - 1; place > 0; place -= 1) {
    const other = prng.below(place + 1);
    const moved = order[place];
    const swapped = order[other];
    if (moved !== undefined && swapped !== undefined) {
      order[place] = swapped;
      order[other] = moved;
    }
  }
  return order;
}
