import type { NodeId } from '../raft/types.ts';
import { likelyLeader } from './clients.ts';
import type { Clients } from './clients.ts';
import type { World } from './world.ts';

/** Election timeouts that a server is cut off (L3), and that its return is watched (L4). */
const APART_TIMEOUTS = 10;
const RETURN_TIMEOUTS = 5;
/** Terms that may pass while one server is cut off. */
const TERMS_MAX = 2;
const EVENTS_MAX = 20_000;

/** How the links of the server that is cut off fail. */
type Cut = 'both' | 'hears-nobody' | 'heard-by-nobody';
const CUTS: readonly Cut[] = ['both', 'hears-nobody', 'heard-by-nobody'];

/**
 * One server of a healthy cluster is cut off and comes back. Meanwhile the others must go on under a
 * stable leader (L3), and its return must cause no election (L4).
 */
export function checkStability(world: World, clients: Clients): void {
  const leader = likelyLeader(world, '1');
  const { index, membership } = world.node(leader).ghost.log.membership;
  const { members } = membership;
  // While a change is under way the others may need just the one that is cut off.
  const isSettled = members.every(({ id }) => {
    const ghost = world.nodes.get(id)?.ghost;
    return ghost?.log.membership.index === index && ghost.commitIndex >= index;
  });
  const voters = members.filter((member) => member.voter).map(({ id }) => id);
  const areAllUp = voters.every((id) => {
    const node = world.nodes.get(id);
    // Who still repairs its log cannot help to elect another leader.
    return node?.state === 'up' && !node.ghost.isDamaged;
  });
  if (voters.length < 3 || !areAllUp || !isSettled) return;
  const point = world.choices.point('fault', 'stability');
  const victim = voters[point.below(voters.length)] ?? leader;
  const cut = CUTS[point.below(CUTS.length)] ?? 'both';
  const timeoutUs = world.profile.raft.electionTimeoutMaxMs * 1000;
  cutOff(world, victim, cut);
  const termAtCut = highestTerm(world, victim);
  // The first timeouts may be needed to notice that a leader is gone, and to elect another.
  runFor(world, 4 * timeoutUs);
  // Each split vote of that election costs a term, and how many there are is chance.
  const termBefore = victim === leader ? highestTerm(world, victim) : termAtCut;
  const termOfVictim = world.node(victim).ghost.term;
  const acknowledged = clients.acknowledgedIndex;
  runFor(world, (APART_TIMEOUTS - 4) * timeoutUs);
  if (world.isBroken()) return;
  const terms = highestTerm(world, victim) - termBefore;
  const how = `while ${victim} is cut off (${cut})`;
  world.ghost.check('L3', terms <= TERMS_MAX, () => `${terms} terms passed ${how}`);
  world.ghost.check('L3', clients.acknowledgedIndex > acknowledged, () => {
    return `no write was answered ${how}`;
  });
  // Who had a later term when it was cut off, or won a pre-vote whose answers were on their way, brings
  // that term back, and one election is what it takes (Raft paper §5.1). None may be won while apart.
  const isAhead = termOfVictim > termBefore;
  world.ghost.check(
    'L4',
    world.node(victim).ghost.term <= Math.max(termOfVictim, highestTerm(world, victim)),
    () => {
      return `${victim} raised its term ${how}`;
    },
  );
  world.network.heal();
  const elections = world.ghost.leaders.size;
  runFor(world, RETURN_TIMEOUTS * timeoutUs);
  if (world.isBroken()) return;
  world.ghost.check('L4', isAhead || world.ghost.leaders.size === elections, () => {
    return `the return of ${victim} (${cut}) caused an election`;
  });
}

function cutOff(world: World, victim: NodeId, cut: Cut): void {
  for (const { id } of world.nodes.values()) {
    if (id === victim) continue;
    if (cut !== 'hears-nobody') world.network.block(victim, id);
    if (cut !== 'heard-by-nobody') world.network.block(id, victim);
  }
}

function runFor(world: World, us: number): void {
  world.run({ untilUs: world.nowUs + us, eventsMax: world.counts.events + EVENTS_MAX });
}

function highestTerm(world: World, except: NodeId): number {
  let term = 0;
  for (const node of world.nodes.values()) {
    if (node.id !== except) term = Math.max(term, node.ghost.term);
  }
  return term;
}
