import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { openNode } from '../../node-engine/node/open-node.ts';
import { NodeStartError, type RunningNode } from '../../node-engine/node/node-options.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { ask, leaderOf, statusOf, textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { DAMAGES, randomFrom, type Damage } from './damages.ts';

/** Who is damaged. */
export type Role = 'alone' | 'follower' | 'leader';

export type NodeOutcome =
  /** It served, every answer right, without anything to say. */
  | 'unharmed'
  /** It said what is damaged, and its leader made it whole again. */
  | 'repaired'
  /** Alone: it did not start, and named the loss. */
  | 'refused'
  /** It did not start: its vote is gone, and it needs a new id. */
  | 'vote lost'
  /** It said so, but was not made whole. */
  | 'not repaired'
  /** A wrong answer, or a missing entry that nobody mentioned. */
  | 'wrong';

export interface NodeCase {
  readonly backend: DiskBackendName;
  readonly role: Role;
  readonly damage: string;
  readonly seed: number;
  readonly outcome: NodeOutcome;
  readonly detail: string;
}

export interface NodeMatrixOptions {
  readonly backend: DiskBackendName;
  readonly role: Role;
  /** How often all damages are done. */
  readonly rounds: number;
  readonly seed: number;
  /** Only those whose name this accepts. */
  readonly isWanted: (damage: Damage) => boolean;
}

const SECRET = 'the secret of the damaged';
const KEYS = 60;
const WAIT_MS = 30_000;

/** Damages one node of a live cluster, or the only one, again and again; reports every case. */
export async function damageNodes(
  options: NodeMatrixOptions,
  onCase: (one: NodeCase) => void,
): Promise<void> {
  const { backend, role, rounds, isWanted } = options;
  const folder = await mkdtemp(join(tmpdir(), 'raftdeck-damage-'));
  const bench = new Bench(folder, backend, role === 'alone' ? 1 : 3);
  try {
    await bench.start();
    for (let round = 0; round < rounds; round += 1) {
      for (const [position, damage] of DAMAGES.entries()) {
        if (!isWanted(damage)) continue;
        const seed = options.seed + round * DAMAGES.length + position;
        const judged = await bench.judge(role, damage, seed);
        if (judged !== null) onCase({ backend, role, damage: damage.name, seed, ...judged });
      }
    }
  } finally {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Judged = { readonly outcome: NodeOutcome; readonly detail: string };

/** Nodes in this process, each on real files of its own. */
class Bench {
  readonly #folder: string;
  readonly #backend: DiskBackendName;
  readonly #ids: readonly string[];
  readonly #nodes = new Map<string, RunningNode>();
  readonly #addresses = new Map<string, string>();
  readonly #values = new Map<string, string>();
  #warnings: string[] = [];

  constructor(folder: string, backend: DiskBackendName, count: number) {
    this.#folder = folder;
    this.#backend = backend;
    this.#ids = Array.from({ length: count }, (_, position) => String(position + 1));
  }

  async start(): Promise<void> {
    for (const id of this.#ids) await this.#open(id);
    await this.#settled();
    await this.#write('first');
    for (const id of this.#ids) {
      // A copy of an earlier time, for whoever restores one by mistake.
      await cp(this.#directory(id), this.#older(id), { recursive: true });
    }
    await this.#write('second');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
  }

  async judge(role: Role, damage: Damage, seed: number): Promise<Judged | null> {
    const leader = await this.#settled();
    const follower = this.#ids.find((id) => id !== leader) ?? leader;
    const victim = role === 'follower' ? follower : leader;
    await this.#nodes.get(victim)?.close();
    this.#nodes.delete(victim);
    const kept = join(this.#folder, 'kept');
    await rm(kept, { recursive: true, force: true });
    await cp(this.#directory(victim), kept, { recursive: true });
    this.#warnings = [];
    const place = await damage.apply({
      directory: this.#directory(victim),
      older: this.#older(victim),
      random: randomFrom(seed),
    });
    const judged = await this.#judgeStart(victim, { role, damage, place: place ?? '' });
    if (!this.#nodes.has(victim)) {
      // As it was before: nothing has been promised since.
      await rm(this.#directory(victim), { recursive: true, force: true });
      await cp(kept, this.#directory(victim), { recursive: true });
      await this.#open(victim);
    }
    return place === null ? null : judged;
  }

  async #judgeStart(
    victim: string,
    { role, damage, place }: { role: Role; damage: Damage; place: string },
  ): Promise<Judged> {
    try {
      await this.#open(victim);
    } catch (error) {
      if (!(error instanceof NodeStartError)) throw error;
      const detail = `${place}: ${error.message}`;
      if (damage.takesVote === true) return { outcome: 'vote lost', detail };
      const isTold = error.code === 'DAMAGED' && error.message.includes('were acknowledged');
      return { outcome: role === 'alone' && isTold ? 'refused' : 'not repaired', detail };
    }
    const said = this.#warnings.find((text) => /damaged|repair|anew/.test(text));
    const detail = `${place}: ${said ?? 'nothing was said'}`;
    if (damage.takesVote === true) return { outcome: 'wrong', detail };
    const isWhole = await this.#isWhole(victim);
    if (!isWhole) return { outcome: said === undefined ? 'wrong' : 'not repaired', detail };
    const wrong = await this.#wrongAnswer();
    if (wrong !== null) return { outcome: 'wrong', detail: `${detail}; ${wrong}` };
    return { outcome: said === undefined ? 'unharmed' : 'repaired', detail };
  }

  /** Whether the node comes to hold what the others hold, and is well. */
  async #isWhole(id: string): Promise<boolean> {
    try {
      await until('the node is whole', WAIT_MS, async () => {
        await this.#settled();
        const status = await statusOf(this.#address(id));
        return status?.health === 'ok' && status.appliedIndex === status.lastIndex;
      });
      // One may be an entry behind for a moment: a leader begins its term with one of its own.
      return await until('all hold the same', WAIT_MS, async () => {
        const hashes = await Promise.all(
          this.#ids.map(async (one) =>
            textOf(await ask(this.#address(one), 'RAFT', 'STATUS', 'HASH')),
          ),
        );
        return new Set(hashes).size === 1;
      });
    } catch {
      return false;
    }
  }

  async #wrongAnswer(): Promise<string | null> {
    const keys = [...this.#values.keys()];
    const found = await until('the keys are read', WAIT_MS, async () => {
      const reply = await ask(this.#address(await this.#settled()), 'MGET', ...keys);
      return Array.isArray(reply) && reply.map((one) => textOf(one as Reply));
    });
    const wrong = keys.findIndex((key, at) => found[at] !== this.#values.get(key));
    return wrong < 0 ? null : `${keys[wrong] ?? ''} is not what was written`;
  }

  async #write(stamp: string): Promise<void> {
    let leader = await this.#settled();
    for (let number = 0; number < KEYS; number += 1) {
      const key = `${stamp}:${number}`;
      const value = `${stamp}-${number}-`.repeat(1 + (number % 7) * 40);
      let answer = '';
      // All nodes share this process: when it is held up, another one may lead. Writing twice is once.
      const written = async (): Promise<boolean> => {
        answer = textOf(await ask(this.#address(leader), 'SET', key, value));
        if (answer !== 'OK') leader = await this.#settled();
        return answer === 'OK';
      };
      await until(`${key} is written`, WAIT_MS, written, () => answer);
      this.#values.set(key, value);
    }
  }

  async #settled(): Promise<string> {
    const addresses = this.#ids.flatMap((id) => (this.#nodes.has(id) ? [this.#address(id)] : []));
    return (await leaderOf(addresses, WAIT_MS)).id;
  }

  async #open(id: string): Promise<void> {
    const first = this.#addresses.get('1');
    const known = this.#addresses.get(id);
    const node = await openNode({
      machine: kv,
      id,
      directory: this.#directory(id),
      backend: this.#backend,
      address: known ?? '127.0.0.1:0',
      secret: SECRET,
      electionTimeoutMs: 400,
      log: (level, text) => {
        if (level === 'warning') this.#warnings.push(text);
      },
      ...(known === undefined && first !== undefined ? { join: first } : {}),
    });
    this.#nodes.set(id, node);
    this.#addresses.set(id, node.address);
    if (known === undefined && first !== undefined) await this.#joined(id);
  }

  /** One after another: a change of members waits for the one before. */
  async #joined(id: string): Promise<void> {
    await until(`node ${id} has a vote`, WAIT_MS, async () => {
      const status = await statusOf(this.#address(id));
      return status?.members.some((member) => member.id === id && member.voter) === true;
    });
  }

  #address(id: string): string {
    const address = this.#addresses.get(id);
    if (address === undefined) throw new Error(`node ${id} was never open`);
    return address;
  }

  #directory(id: string): string {
    return join(this.#folder, `node-${id}`);
  }

  #older(id: string): string {
    return join(this.#folder, `older-${id}`);
  }
}
