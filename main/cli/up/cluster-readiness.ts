import type { NodeStatus } from '../../../node-engine/node/status.ts';
import { NodeLink } from '../../host/node-link.ts';
import type { RespDial } from '../../host/resp-port.ts';
import type { PlannedNode } from './cluster-plan.ts';

/** A cluster that answers: who leads it, and what each node last said. */
export interface ReadyCluster {
  readonly clusterId: string;
  readonly leader: string;
  /** Those that are members, with the vote they are to have. */
  readonly memberIds: readonly string[];
  readonly statuses: ReadonlyMap<string, NodeStatus>;
}

/**
 * Watches the nodes on their own ports until the cluster is ready: a leader that all members that live
 * follow, and in a new cluster every node a member with the vote it is to have.
 */
export class ClusterReadiness {
  readonly #statuses = new Map<string, NodeStatus>();
  readonly #links: ReadonlyMap<string, NodeLink>;
  readonly #errors = new Map<string, string>();
  readonly #nodes: readonly PlannedNode[];
  readonly #isNew: boolean;
  readonly #dead = new Set<string>();
  #resolve: (ready: ReadyCluster) => void = () => undefined;
  /** Settles once; never rejects. */
  readonly ready: Promise<ReadyCluster>;

  /** @param isNew whether the nodes are to form a cluster, or are one already */
  constructor(nodes: readonly PlannedNode[], isNew: boolean, dial: RespDial) {
    this.#nodes = nodes;
    this.#isNew = isNew;
    this.ready = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#links = new Map(nodes.map((node) => [node.id, this.#link(node, dial)]));
    for (const link of this.#links.values()) link.open();
  }

  /** A node that has died is waited for no longer. */
  forget(id: string): void {
    this.#dead.add(id);
    this.#links.get(id)?.close();
    this.#statuses.delete(id);
    this.#look();
  }

  /** Ends all links. */
  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  /** What is still missing, for people. */
  missing(): string {
    const waits = this.#nodes
      .filter(({ id }) => !this.#dead.has(id))
      .flatMap(({ id }) => {
        const status = this.#statuses.get(id);
        if (status === undefined) return [`node ${id} does not answer${this.#errorOf(id)}`];
        if (status.leaderId === null) return [`node ${id} knows no leader`];
        return status.voter ? [] : [`node ${id} is ${status.health}, not a voter yet`];
      });
    return waits.length === 0 ? 'no majority agrees on a leader' : waits.join(', ');
  }

  #errorOf(id: string): string {
    const error = this.#errors.get(id);
    return error === undefined ? '' : ` (${error})`;
  }

  #link(node: PlannedNode, dial: RespDial): NodeLink {
    return new NodeLink({
      address: node.address,
      nodeId: node.id,
      directory: node.directory,
      dial,
      events: {
        onStatus: (status) => {
          this.#statuses.set(node.id, status);
          this.#look();
        },
        onHistory: () => undefined,
        onTraces: () => undefined,
        onState: (error) => {
          if (error === null) this.#errors.delete(node.id);
          else this.#errors.set(node.id, error);
        },
      },
    });
  }

  #look(): void {
    const living = this.#nodes.filter(({ id }) => !this.#dead.has(id));
    const statuses = living.flatMap(({ id }) => this.#statuses.get(id) ?? []);
    if (statuses.length < living.length) return;
    const [leader] = statuses
      .filter(({ role }) => role === 'leader')
      .sort((one, other) => other.term - one.term);
    if (leader === undefined) return;
    // The leader's word on who votes: a follower may not have heard of the last promotion yet.
    const memberIds = leader.members.flatMap(({ id, promote }) => (promote ? [] : [id]));
    const isComplete = this.#isNew ? this.#nodes.every(({ id }) => memberIds.includes(id)) : true;
    const agree = statuses.every(
      ({ id, clusterId, leaderId, term, health }) =>
        (clusterId === leader.clusterId &&
          leaderId === leader.id &&
          term === leader.term &&
          health === 'ok') ||
        // Removed since the cluster was planned: it runs, but nobody waits for it.
        !leader.members.some((member) => member.id === id),
    );
    const isCommitted = leader.membershipCommitted && leader.commitIndex === leader.lastIndex;
    if (isComplete && agree && isCommitted) {
      const { clusterId, id } = leader;
      this.#resolve({ clusterId, leader: id, memberIds, statuses: new Map(this.#statuses) });
    }
  }
}
