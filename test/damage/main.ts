import { parseArgs } from 'node:util';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import type { Damage } from './damages.ts';
import { damageLogs } from './log-matrix.ts';
import { damageNodes, type Role } from './node-matrix.ts';
import { damageTables } from './table-sweep.ts';

const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];
const ROLES: readonly Role[] = ['alone', 'follower', 'leader'];
/** Every opening of an LMDB log starts a process; it gets fewer cases. */
const LOG_CASES: Readonly<Record<DiskBackendName, number>> = {
  leveldb: 900,
  fastlog: 900,
  lmdb: 180,
};
const SAMPLE_CASES = 90;
/** Each has a process started up to three times. */
const TABLE_CASES = 120;
const SAMPLE_TABLE_CASES = 12;
const TABLE_PORT = 25_130;
/** Outcomes after which somebody was served something wrong, or nobody noticed. */
const FAILURES: readonly string[] = ['unnoticed', 'wrong', 'never starts'];

interface Tally {
  readonly part: string;
  readonly outcomes: Map<string, number>;
}

/**
 * `npm run damage`: damages real files and says what came of it. Exit code 1 when any damage was not
 * noticed, or any answer was wrong.
 */
export async function runDamage(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tables: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const tallies: Tally[] = [];
  const failures: string[] = [];
  const backends = BACKENDS.filter(
    (name) => values.backend === undefined || name === values.backend,
  );
  const note = (
    part: string,
    one: { outcome: string; damage: string; seed: number; detail: string },
  ): void => {
    let tally = tallies.find((known) => known.part === part);
    if (tally === undefined) tallies.push((tally = { part, outcomes: new Map() }));
    tally.outcomes.set(one.outcome, (tally.outcomes.get(one.outcome) ?? 0) + 1);
    const text = `${part}: ${one.damage} (seed ${one.seed}): ${one.outcome}: ${one.detail}`;
    if (FAILURES.includes(one.outcome)) failures.push(text);
    const isOdd = FAILURES.includes(one.outcome) || one.outcome === 'not repaired';
    if (values.verbose || isOdd) process.stderr.write(`${text}\n`);
  };
  for (const backend of backends) {
    if (backend === 'leveldb') {
      const count = values.all ? TABLE_CASES : SAMPLE_TABLE_CASES;
      const options = { count, seed, basePort: TABLE_PORT };
      await damageTables(options, (one) => note('leveldb tables, follower', one));
    }
    if (values.tables) continue;
    for (const isCrashed of [false, true]) {
      const count = values.all ? LOG_CASES[backend] : SAMPLE_CASES;
      const part = `${backend} log, ${isCrashed ? 'crashed' : 'closed'}`;
      await damageLogs({ backend, count, seed, isCrashed }, (one) => note(part, one));
    }
    for (const role of ROLES) {
      const rounds = values.all ? 3 : 1;
      // All nodes are in this process, and LevelDB would end it: that is what `damageTables` is for.
      const isWanted = ({ isInside }: Damage): boolean =>
        backend !== 'leveldb' || isInside !== true;
      const options = { backend, role, rounds, seed, isWanted };
      await damageNodes(options, (one) => note(`${backend} node, ${role}`, one));
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify(documentOf(tallies, failures))}\n`);
  else process.stdout.write(textOf(tallies, failures));
  return failures.length === 0 ? 0 : 1;
}

function documentOf(tallies: readonly Tally[], failures: readonly string[]): object {
  const parts = tallies.map(({ part, outcomes }) => ({ part, ...Object.fromEntries(outcomes) }));
  return { date: new Date().toISOString(), parts, failures };
}

function textOf(tallies: readonly Tally[], failures: readonly string[]): string {
  const rows = tallies.map(({ part, outcomes }) => {
    const counts = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`);
    return `${part.padEnd(24)} ${counts.join(', ')}`;
  });
  return `${[...rows, `${failures.length} unnoticed or wrong`].join('\n')}\n`;
}
