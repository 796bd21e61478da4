import type { RaftCore } from '../raft/core.ts';
import type { Member, Membership, NodeId } from '../raft/types.ts';
import type { Transport } from '../transport/transport.ts';

/**
 * Keeps the transport's links to the members of the cluster, and for a while to servers that were
 * removed: only over such a link do they receive the entry that says so.
 */
export class MemberLinks {
  readonly #core: RaftCore;
  readonly #transport: Pick<Transport, 'setPeers'>;
  #membership: Membership;
  #departed: readonly Member[] = [];

  constructor(core: RaftCore, transport: Pick<Transport, 'setPeers'>) {
    this.#core = core;
    this.#transport = transport;
    this.#membership = core.membership();
  }

  /** Sets the links to what the core knows when the node starts. */
  open(): void {
    this.#set();
  }

  /** To be called after every input of the core; does nothing while nothing has changed. */
  follow(): void {
    const membership = this.#core.membership();
    if (membership === this.#membership && this.#departed.length === 0) return;
    const isMember = (id: NodeId): boolean => membership.members.some((member) => member.id === id);
    const talkedTo = this.#core.peers();
    const departed = [...this.#membership.members, ...this.#departed].filter(
      ({ id }) => !isMember(id) && talkedTo.includes(id),
    );
    const isSame = membership === this.#membership && departed.length === this.#departed.length;
    this.#membership = membership;
    this.#departed = departed;
    if (!isSame) this.#set();
  }

  #set(): void {
    const self = this.#core.status().id;
    const members = this.#membership.members.filter((member) => member.id !== self);
    this.#transport.setPeers([...members, ...this.#departed]);
  }
}
