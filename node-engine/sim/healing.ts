import type { NodeId } from '../raft/types.ts';
import { likelyLeader } from './clients.ts';
import type { Clients } from './clients.ts';
import type { Nemesis } from './nemesis.ts';
import { PERFECT_NETWORK } from './network.ts';
import { QUICK_DISK } from './disk-profile.ts';
import type { SimNode } from './sim-node.ts';
import { checkStability } from './stability.ts';
import type { World } from './world.ts';

/** Election timeouts within which a leader must be there and commit (L1). */
const LEADER_TIMEOUTS = 10;
/** Election timeouts within which every server must have caught up (L2). */
const CATCH_UP_TIMEOUTS = 20;
/** What one entry may take when it travels alone. */
const ENTRY_US = 5_000;
/** Share of the schedules that end with a look at stability (L3, L4). */
const STABILITY_SHARE = 0.15;
/** Events that may pass meanwhile: a livelock is no excuse for not ending. */
const EVENTS_MAX = 100_000;
/** And how many for each entry of the backlog and each server. */
const EVENTS_PER_ENTRY = 20;

/** The last part of a schedule: nothing goes wrong any more, and the cluster must recover. */
export class Healing {
  private readonly world: World;
  private readonly clients: Clients;
  private readonly nemesis: Nemesis;
  private readonly timeoutUs: number;

  constructor(world: World, clients: Clients, nemesis: Nemesis) {
    this.world = world;
    this.clients = clients;
    this.nemesis = nemesis;
    this.timeoutUs = world.profile.raft.electionTimeoutMaxMs * 1000;
  }

  run(): void {
    const { world, timeoutUs } = this;
    const { ghost } = world;
    this.nemesis.heal();
    world.network.setProfile(PERFECT_NETWORK);
    for (const node of world.nodes.values()) node.disk.profile = QUICK_DISK;
    const healedUs = world.nowUs;
    const knownIndex = ghost.committedIndex;
    const acknowledged = this.clients.acknowledgedIndex;
    this.keepWriting();
    const backlog = this.backlog();
    const backlogUs = backlog * ENTRY_US;
    const backlogEvents = backlog * world.nodes.size * EVENTS_PER_ENTRY;
    const eventsMax = world.counts.events + EVENTS_MAX + backlogEvents;
    const hasCommitted = (): boolean => this.clients.acknowledgedIndex > acknowledged;
    const leaderUs = healedUs + LEADER_TIMEOUTS * timeoutUs + backlogUs;
    world.run({ untilUs: leaderUs, eventsMax, stop: hasCommitted });
    if (world.isBroken() || (!hasCommitted() && !this.hasQuorum())) return;
    ghost.check('L1', hasCommitted(), () => {
      return `no write was answered within ${LEADER_TIMEOUTS} election timeouts: ${this.picture()}`;
    });
    const hasAll = (): boolean => this.behind(knownIndex).length === 0;
    const catchUpUs = healedUs + CATCH_UP_TIMEOUTS * timeoutUs + backlogUs;
    world.run({ untilUs: catchUpUs, eventsMax, stop: hasAll });
    if (world.isBroken()) return;
    ghost.check('L2', hasAll(), () => {
      const ids = this.behind(knownIndex).join(' ');
      return (
        `${ids} have not applied ${knownIndex} within ${CATCH_UP_TIMEOUTS} election timeouts: ` +
        this.picture()
      );
    });
    // A server that was frozen until now has operations that are older than the healing.
    const patienceUs = CATCH_UP_TIMEOUTS * timeoutUs + backlogUs;
    const haveEnded = (): boolean => this.clients.overdue(patienceUs) === null;
    world.run({ untilUs: catchUpUs, eventsMax, stop: haveEnded });
    if (world.isBroken()) return;
    this.clients.checkEnded(patienceUs);
    const isWatched = world.choices.point('fault', 'stability watched');
    if (isWatched.chance(STABILITY_SHARE)) checkStability(world, this.clients);
  }

  /** Entries that some server lacks; with the smallest messages each takes a round trip. */
  private backlog(): number {
    const nodes = [...this.world.nodes.values()].filter(({ state }) => state !== 'refused');
    const logs = nodes.map(({ ghost }) => ghost.log.lastIndex);
    return Math.max(...logs) - Math.min(...logs);
  }

  /** One write after the other, to whoever leads. */
  private keepWriting(): void {
    const { world } = this;
    world.plan(world.nowUs + this.timeoutUs / 4, 'client writes', () => {
      const node = likelyLeader(world, '1');
      this.clients.run({ client: 0, kind: 'write', node, count: 1 });
      this.keepWriting();
    });
  }

  /** Whether enough voters can run, whichever membership turns out to be in force. */
  private hasQuorum(): boolean {
    const isLive = (id: NodeId): boolean => {
      const node = this.world.nodes.get(id);
      // Who repairs its log may not help to elect the leader who could send it.
      return node !== undefined && node.state !== 'refused' && !node.ghost.isDamaged;
    };
    return [...this.world.nodes.values()].every((node) => {
      const { members } = node.ghost.log.membership.membership;
      const voters = members.filter((member) => member.voter);
      const live = voters.filter(({ id }) => isLive(id));
      return live.length * 2 > voters.length || voters.length === 0;
    });
  }

  /** Members of the newest membership that have not applied `index`. */
  private behind(index: number): readonly NodeId[] {
    const leader = this.world.nodes.get(likelyLeader(this.world, '1'));
    const { members } = leader?.ghost.log.membership.membership ?? { members: [] };
    return members.flatMap(({ id }) => {
      const node = this.world.nodes.get(id);
      if (node === undefined || node.state === 'refused') return [];
      return node.ghost.appliedIndex < index ? [id] : [];
    });
  }

  private picture(): string {
    return [...this.world.nodes.values()].map(describeNode).join('; ');
  }
}

function describeNode({ id, state, ghost }: SimNode): string {
  const { role, term, commitIndex, appliedIndex, log } = ghost;
  return (
    `${id} ${state} ${role} term ${term} last ${log.lastIndex} commit ${commitIndex} ` +
    `applied ${appliedIndex}`
  );
}
