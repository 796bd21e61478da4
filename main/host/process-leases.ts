import type { Result } from '../contract/errors.ts';
import { DONE, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';

/** A node that was frozen or killed on purpose, and when that ends. */
interface ProcessLease {
  readonly node: ManagedNode;
  readonly timer: NodeJS.Timeout;
}

/**
 * Ends what was done to processes on purpose: a frozen node cannot resume itself, and a killed one
 * cannot start itself, so their leases are the host's. With the host they end: frozen nodes are resumed
 * when it closes; after a crash of it the next window shows them as they are.
 */
export class ProcessLeases {
  readonly #leases = new Map<ManagedNode, ProcessLease>();
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Gives a frozen or killed node a lease from now on; a lease before it ends. */
  set(cluster: ManagedCluster, node: ManagedNode, leaseMs: number): Result<null> {
    if (!node.isStruck) {
      return failure(
        'E_STATE',
        `${node.name} is neither frozen nor killed, so there is nothing that could end. Nothing was changed.`,
      );
    }
    this.#clear(node);
    const endsAtMs = Date.now() + leaseMs;
    const timer = setTimeout(() => void this.#end(cluster, node, endsAtMs), leaseMs);
    this.#leases.set(node, { node, timer: timer.unref() });
    node.setLease(endsAtMs);
    return DONE;
  }

  /** The nodes of this cluster are stopped, or it is deleted: nothing comes back by itself any more. */
  forget(cluster: ManagedCluster): void {
    for (const node of cluster.nodes()) {
      this.#clear(node);
      node.setLease(null);
    }
  }

  /** The host ends: nobody would resume what is frozen. */
  close(): void {
    for (const { node } of [...this.#leases.values()]) {
      if (node.leaseEndsAtMs !== null && node.exists) node.resume();
      this.#clear(node);
    }
  }

  async #end(cluster: ManagedCluster, node: ManagedNode, endsAtMs: number): Promise<void> {
    // Somebody was faster, or has given it a new lease.
    if (node.leaseEndsAtMs !== endsAtMs) return;
    this.#leases.delete(node);
    const healed = node.exists ? node.resume() : await node.start(cluster.roleOf(node));
    if (!healed.ok) this.#log(`${cluster.name}: ${healed.error.message}`);
  }

  #clear(node: ManagedNode): void {
    clearTimeout(this.#leases.get(node)?.timer);
    this.#leases.delete(node);
  }
}
