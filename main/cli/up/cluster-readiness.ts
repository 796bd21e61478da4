import type { NodeStatus } from '../../../node-engine/node/status.ts';
import { NodeLink } from '../../host/node-link.ts';
import type { RespDial } from '../../host/resp-port.ts';
import type { PlannedNode } from './cluster-plan.ts';

/** A cluster that answers: who leads it, and what each node last said. */
export interface ReadyCluster {
  readonly clusterId: string;
  readonly leader: string;
  readonly statuses: ReadonlyMap<string, NodeStatus>;
}

/**
 * Watches the nodes on their own ports until the cluster is ready: a leader that a majority follows,
 * and every node that lives a member with the vote it is to have.
 */
export class ClusterReadiness {
  readonly #statuses = new Map<string, NodeStatus>();
  readonly #links: ReadonlyMap<string, NodeLink>;
  readonly #errors = new Map<string, string>();
  readonly #nodes: readonly PlannedNode[];
  readonly #dead = new Set<string>();
  #resolve: (ready: ReadyCluster) => void = () => undefined;
  /** Settles once; never rejects. */
  readonly ready: Promise<ReadyCluster>;

  constructor(nodes: readonly PlannedNode[], dial: RespDial) {
    this.#nodes = nodes;
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
      dial,
      events: {
        onStatus: (status) => {
          this.#statuses.set(node.id, status);
          this.#look();
        },
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
    const statuses = living.map(({ id }) => this.#statuses.get(id));
    const [first] = statuses;
    if (first === undefined || !statuses.every((status) => status !== undefined)) return;
    const { leaderId, clusterId, term } = first;
    const leader = leaderId === null ? undefined : this.#statuses.get(leaderId);
    if (leaderId === null || leader?.role !== 'leader') return;
    const agree = statuses.every(
      (status) =>
        status.clusterId === clusterId &&
        status.leaderId === leaderId &&
        status.term === term &&
        status.health === 'ok',
    );
    // The leader's word on who votes: a follower may not have heard of the last promotion yet.
    const isPlanned = this.#nodes.every(({ id }) =>
      leader.members.some((member) => member.id === id && !member.promote),
    );
    const committed = leader.membershipCommitted && leader.commitIndex === leader.lastIndex;
    if (agree && isPlanned && committed) {
      this.#resolve({ clusterId, leader: leaderId, statuses: new Map(this.#statuses) });
    }
  }
}
