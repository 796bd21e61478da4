import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { MachineDefinition } from '../../node-engine/machine/machine.ts';
import { openNode, type OpenNodeOptions } from '../../node-engine/node/open-node.ts';
import type { RunningNode } from '../../node-engine/node/node-options.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';

const SECRET = 'a secret of the tests of this folder';
/**
 * Of a cluster whose first node is to go on leading. All nodes share this process: when it gets no turn
 * for half a second, none of them hears the leader, and with the default any may follow it.
 */
const STEADY = { electionTimeoutMs: 10_000, heartbeatMs: 80 };

/** Nodes inside the test's own process, on free ports, all closed by `dispose`. */
export class NodesInProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'raftdeck-inside-'));
  readonly #nodes: RunningNode[] = [];
  readonly #clients: RespClient[] = [];

  /** Opens a node with this machine; its log is in memory unless asked otherwise. */
  async open(
    machine: MachineDefinition,
    options: Partial<OpenNodeOptions> = {},
  ): Promise<RunningNode> {
    const id = options.id ?? String(this.#nodes.length + 1);
    const node = await openNode({
      ...{ machine, id, address: '127.0.0.1:0', backend: 'memory', secret: SECRET },
      directory: this.directoryOf(id),
      ...options,
    });
    this.#nodes.push(node);
    return node;
  }

  directoryOf(id: string): string {
    return join(this.#folder, id);
  }

  /** A cluster of so many voters; the first one leads, and goes on leading while it is there. */
  async cluster(
    count: number,
    machine: MachineDefinition,
    options: Partial<OpenNodeOptions> = {},
  ): Promise<readonly RunningNode[]> {
    const steady = { ...STEADY, ...options };
    const first = await leading(await this.open(machine, steady));
    const nodes = [first];
    for (let id = 2; id <= count; id += 1) {
      nodes.push(await this.open(machine, { ...steady, join: first.address }));
    }
    await until(`${count} voters`, 20_000, () => {
      const members = first.status()?.members ?? [];
      return members.filter(({ voter }) => voter).length === count;
    });
    return nodes;
  }

  /** A Redis client of the node. */
  async client(node: RunningNode): Promise<RespClient> {
    const client = await RespClient.connect({ address: node.address });
    this.#clients.push(client);
    return client;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const node of [...this.#nodes].reverse()) await node.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The node, once it leads and answers: it may be elected before it has applied what was in its log. */
export async function leading(node: RunningNode): Promise<RunningNode> {
  await until('a leader', 20_000, () => {
    const status = node.status();
    if (status?.role !== 'leader' || status.health !== 'ok') return false;
    return status.membershipCommitted && status.appliedIndex === status.lastIndex;
  });
  return node;
}

/** Sends commands in one packet; their replies as text. */
export async function pipeline(
  client: RespClient,
  ...lines: readonly string[]
): Promise<readonly string[]> {
  const replies: Reply[] = await Promise.all(lines.map((line) => client.call(line.split(' '))));
  return replies.map(textOf);
}
