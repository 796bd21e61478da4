import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { backendNamed } from '../../node-engine/log/backends.ts';
import { openDiskLog } from '../../node-engine/log/disk-log.ts';
import { StorageError } from '../../node-engine/log/log-store.ts';
import type { DiskBackendName, OpenedLog, RepairMode } from '../../node-engine/log/log-store.ts';
import type { Run } from '../../node-engine/raft/types.ts';
import { membershipRun, offsetOfCommand, plain, run, singles } from '../log/runs.ts';
import { close, read, write } from '../log/store-promises.ts';
import { DAMAGES, randomFrom, type Damage } from './damages.ts';

/** What a damage did to a log. */
export type LogOutcome =
  /** Nothing that counts was hit: every entry, term and vote is there. */
  | 'unharmed'
  /** Opening it was refused, and the leader's entries made it whole again. */
  | 'repaired'
  /** Opening it was refused, and it can only come back under a new id, as it must. */
  | 'vote lost'
  /** Opening it was refused, and it could not be repaired. */
  | 'not repaired'
  /** It was opened although something is missing or altered. */
  | 'unnoticed';

export interface LogCase {
  readonly backend: DiskBackendName;
  readonly damage: string;
  readonly seed: number;
  readonly outcome: LogOutcome;
  readonly detail: string;
}

/** A node's directory, what was in it earlier, and what it holds. */
interface Image {
  readonly directory: string;
  readonly older: string;
  readonly runs: readonly Run[];
  readonly term: number;
  readonly vote: string;
}

const TERM = 3;
const VOTE = '2';

/** Damages one log again and again, each time from the same seedable start; reports every case. */
export async function damageLogs(
  options: {
    readonly backend: DiskBackendName;
    readonly count: number;
    readonly seed: number;
    readonly isCrashed: boolean;
  },
  onCase: (one: LogCase) => void,
): Promise<void> {
  const { backend, count, seed, isCrashed } = options;
  const folder = await mkdtemp(join(tmpdir(), 'raftdeck-damage-'));
  try {
    const image = await makeImage(backend, folder, isCrashed);
    for (let number = 0; number < count; number += 1) {
      const damage = DAMAGES[number % DAMAGES.length];
      if (damage === undefined) throw new Error('there are damages');
      const judged = await judge(backend, image, { damage, seed: seed + number, folder });
      if (judged !== null) {
        onCase({ backend, damage: damage.name, seed: seed + number, ...judged });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openLog(
  backend: DiskBackendName,
  directory: string,
  repair: RepairMode,
): Promise<OpenedLog> {
  return openDiskLog(backendNamed(backend), {
    directory,
    identity: { clusterId: '', nodeId: '1' },
    durability: 'high',
    snapshots: () => Promise.resolve([]),
    offsetOfCommand,
    repair,
  });
}

/** Runs of every size: small ones go with their page, large ones before it. */
function script(): readonly Run[] {
  const runs: Run[] = [membershipRun(1, 1)];
  let index = 2;
  const add = (one: Run): void => {
    runs.push(one);
    index += one.count;
  };
  for (let number = 0; number < 40; number += 1) {
    add(run(index, number % 7 === 0 ? 900 : 1 + (number % 5) * 13, number < 25 ? 1 : TERM));
  }
  for (const one of singles(index, index + 9, TERM)) runs.push(one);
  return runs;
}

async function makeImage(
  backend: DiskBackendName,
  folder: string,
  isCrashed: boolean,
): Promise<Image> {
  const [directory, older] = [join(folder, 'image'), join(folder, 'older')];
  const live = join(folder, 'live');
  const { store } = await openLog(backend, live, 'refuse');
  const runs = script();
  await write(store, { hardState: { term: TERM, votedFor: VOTE, commitIndex: 5 } });
  for (const [position, one] of runs.entries()) {
    await write(store, { append: [one] });
    if (position === 30) await cp(live, older, { recursive: true });
  }
  // As a crash leaves it, or as an ordinary end does.
  if (isCrashed) await cp(live, directory, { recursive: true });
  await close(store);
  if (!isCrashed) await cp(live, directory, { recursive: true });
  return { directory, older, runs, term: TERM, vote: VOTE };
}

async function judge(
  backend: DiskBackendName,
  image: Image,
  one: { readonly damage: Damage; readonly seed: number; readonly folder: string },
): Promise<{ readonly outcome: LogOutcome; readonly detail: string } | null> {
  const directory = join(one.folder, 'case');
  await cp(image.directory, directory, { recursive: true });
  try {
    const random = randomFrom(one.seed);
    const place = await one.damage.apply({ directory, older: image.older, random });
    if (place === null) return null;
    const refusal = await refusalOf(backend, directory, image);
    if (refusal === null) return { outcome: 'unharmed', detail: place };
    if (typeof refusal === 'string') {
      return { outcome: 'unnoticed', detail: `${place}: ${refusal}` };
    }
    return await repair(backend, image, { directory, place, refusal, damage: one.damage });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Why a log is not opened, what is wrong with one that is, or null. */
async function refusalOf(
  backend: DiskBackendName,
  directory: string,
  image: Image,
): Promise<StorageError | string | null> {
  let opened: OpenedLog;
  try {
    opened = await openLog(backend, directory, 'refuse');
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  const difference = await differenceOf(opened, image);
  await close(opened.store);
  return difference;
}

async function repair(
  backend: DiskBackendName,
  image: Image,
  found: {
    readonly directory: string;
    readonly place: string;
    readonly refusal: StorageError;
    readonly damage: Damage;
  },
): Promise<{ readonly outcome: LogOutcome; readonly detail: string }> {
  const { directory, place, refusal, damage } = found;
  const detail = `${place}: ${refusal.message}`;
  try {
    let opened = await openLog(backend, directory, 'from-leader');
    if (damage.takesVote === true) return { outcome: 'unnoticed', detail: 'the vote came back' };
    const { lastIndex } = opened.recovered;
    const missing = image.runs.filter(({ firstIndex }) => firstIndex > lastIndex);
    const kept = image.runs.filter(({ firstIndex }) => firstIndex <= lastIndex);
    const wrong = await differenceOf(opened, { ...image, runs: kept });
    if (wrong !== null) return { outcome: 'unnoticed', detail: `${detail}; kept: ${wrong}` };
    if (!opened.store.isRepairing()) return { outcome: 'unnoticed', detail: `${detail}; votes` };
    // What the leader sends again.
    await write(opened.store, { append: missing });
    const isRepairing = opened.store.isRepairing();
    await close(opened.store);
    opened = await openLog(backend, directory, 'refuse');
    const difference = await differenceOf(opened, image);
    await close(opened.store);
    const isWhole = difference === null && !isRepairing;
    return {
      outcome: isWhole ? 'repaired' : 'not repaired',
      detail: `${detail}; ${difference ?? ''}`,
    };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const outcome = damage.takesVote === true ? 'vote lost' : 'not repaired';
    return { outcome, detail: `${detail}; ${error.code} ${error.message}` };
  }
}

/** How a log differs from what it must hold; null when it does not. */
async function differenceOf(opened: OpenedLog, image: Image): Promise<string | null> {
  const { term, votedFor } = opened.recovered.hardState;
  if (term !== image.term || votedFor !== image.vote) return `term ${term}, vote ${votedFor ?? ''}`;
  const last = image.runs.at(-1);
  const lastIndex = last === undefined ? 0 : last.firstIndex + last.count - 1;
  if (opened.recovered.lastIndex !== lastIndex) return `it ends at ${opened.recovered.lastIndex}`;
  const runs = await read(opened.store, 1, Number.MAX_SAFE_INTEGER);
  const position = runs.findIndex((one, at) => {
    const expected = image.runs[at];
    return expected === undefined || JSON.stringify(words(one)) !== JSON.stringify(words(expected));
  });
  if (position >= 0) return `entry ${runs[position]?.firstIndex ?? 0} is not what was written`;
  return runs.length === image.runs.length ? null : `${runs.length} runs`;
}

function words(one: Run): Record<string, unknown> {
  return { ...plain(one), timeNs: String(one.timeNs), seed: String(one.seed) };
}
