import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { ask, leaderOf, statusOf, TestFolder, textOf } from '../cluster/local-cluster.ts';
import { until, type RaftdeckProcess } from '../cluster/raftdeck-process.ts';
import { DAMAGES, randomFrom } from './damages.ts';

/*
 * Bytes inside the tables of LevelDB, which checks them with assertions: some end the process that
 * reads them. So the damaged node is a process of its own here.
 */

export type TableOutcome =
  /** It started at once and said nothing. */
  | 'unharmed'
  /** It came back, after one end at most, said what is damaged, and has what the others have. */
  | 'repaired'
  /** It started, and did not get what the others have. */
  | 'not repaired'
  /** It ended at every start. */
  | 'never starts';

export interface TableCase {
  readonly damage: string;
  readonly seed: number;
  readonly outcome: TableOutcome;
  readonly detail: string;
}

const VICTIM = '3';
const STARTS_MAX = 3;
const KEYS = 300;
/** A damaged node has other processes read its log before it starts: that takes its time under load. */
const WAIT_MS = 120_000;

/** Damages a table of a follower `count` times, each time behind a clean stop. */
export async function damageTables(
  options: { readonly count: number; readonly seed: number; readonly basePort: number },
  onCase: (one: TableCase) => void,
): Promise<void> {
  const folder = new TestFolder();
  try {
    const sweep = new Sweep(folder, options.basePort);
    await sweep.start();
    const inside = DAMAGES.filter(({ isInside }) => isInside === true);
    for (let number = 0; number < options.count; number += 1) {
      const damage = inside[number % inside.length];
      if (damage === undefined) return;
      const seed = options.seed + number;
      onCase({ damage: damage.name, seed, ...(await sweep.judge(damage, seed)) });
    }
  } finally {
    await folder.dispose();
  }
}

type Judged = Pick<TableCase, 'outcome' | 'detail'>;

class Sweep {
  readonly #folder: TestFolder;
  readonly #basePort: number;
  #victim: RaftdeckProcess | null = null;

  constructor(folder: TestFolder, basePort: number) {
    this.#folder = folder;
    this.#basePort = basePort;
  }

  async start(): Promise<void> {
    this.#launch('1');
    await leaderOf([this.#address('1')], WAIT_MS);
    for (const id of ['2', VICTIM]) {
      const node = this.#launch(id, '-j', this.#address('1'));
      if (id === VICTIM) this.#victim = node;
      await this.#whole(id, node);
    }
    for (let number = 0; number < KEYS; number += 1) {
      const value = `value ${number} `.repeat(1 + (number % 9) * 20);
      const reply = textOf(await ask(await this.#leader(), 'SET', `key:${number}`, value));
      if (reply !== 'OK') throw new Error(`a write was answered ${reply}`);
    }
  }

  async judge(damage: (typeof DAMAGES)[number], seed: number): Promise<Judged> {
    await this.#restartUntilTables();
    await this.#victim?.stop();
    const directory = join(this.#folder.path, `node-${VICTIM}`);
    const place = await damage.apply({
      ...{ directory, older: null, random: randomFrom(seed) },
      files: /\.ldb$/,
    });
    let deaths = 0;
    for (let start = 0; start < STARTS_MAX; start += 1) {
      const node = this.#launch(VICTIM);
      this.#victim = node;
      const isWhole = await this.#whole(VICTIM, node).catch(() => false);
      if (isWhole) {
        const isSaid = /damaged/.test(node.stderr);
        const outcome = isSaid || deaths > 0 ? 'repaired' : 'unharmed';
        return { outcome, detail: `${place ?? 'no table'}, ${deaths} deaths` };
      }
      if (node.ending === null) return this.#afresh('not repaired', node);
      deaths += 1;
    }
    return this.#afresh('never starts', this.#victim);
  }

  /** Starts a node that could not be brought back without its log, so that the sweep can go on. */
  async #afresh(outcome: TableOutcome, node: RaftdeckProcess | null): Promise<Judged> {
    const status = await statusOf(this.#address(VICTIM));
    await node?.stop();
    const said = (node?.stderr ?? '').trim().split('\n').slice(-8).join(' | ');
    const { health, healthReason, term, lastIndex, appliedIndex, leaderId } = status ?? {};
    const seen = JSON.stringify({ health, healthReason, term, lastIndex, appliedIndex, leaderId });
    const detail = `${seen} ${said}`;
    await rm(join(this.#folder.path, `node-${VICTIM}`, 'log'), { recursive: true, force: true });
    this.#victim = this.#launch(VICTIM);
    await this.#whole(VICTIM, this.#victim);
    return { outcome, detail };
  }

  /** Opening a log turns what was written since into a table. */
  async #restartUntilTables(): Promise<void> {
    const log = join(this.#folder.path, `node-${VICTIM}`, 'log');
    while (!(await readdir(log)).some((name) => name.endsWith('.ldb'))) {
      await this.#victim?.stop();
      this.#victim = this.#launch(VICTIM);
      await this.#whole(VICTIM, this.#victim);
    }
  }

  /** Resolves with true when the node has what its leader has, with false when it has ended. */
  #whole(id: string, node: RaftdeckProcess): Promise<boolean> {
    return until(
      `node ${id} is whole`,
      WAIT_MS,
      async () => {
        if (node.ending !== null) return { isWhole: false };
        const status = await statusOf(this.#address(id));
        if (status?.health !== 'ok' || status.leaderId === null) return null;
        const replies = await Promise.all(
          [await this.#leader(), this.#address(id)].map((one) =>
            ask(one, 'RAFT', 'STATUS', 'HASH'),
          ),
        );
        const [leader, own] = replies.map(textOf);
        return leader === own ? { isWhole: true } : null;
      },
      () => node.stderr,
    ).then(({ isWhole }) => isWhole);
  }

  async #leader(): Promise<string> {
    const { clientAddress } = await leaderOf([this.#address('1'), this.#address('2')], WAIT_MS);
    return clientAddress;
  }

  #launch(id: string, ...more: readonly string[]): RaftdeckProcess {
    return this.#folder.startNode(id, this.#port(id), ...more);
  }

  #address(id: string): string {
    return `127.0.0.1:${this.#port(id)}`;
  }

  #port(id: string): number {
    return this.#basePort + Number(id);
  }
}
