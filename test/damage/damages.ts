import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A number from 0 up to, but not including, 1. */
export type Random = () => number;

/** What a damage works on: a stopped node's directory. */
export interface DamageTarget {
  readonly directory: string;
  /** The same directory at an earlier time; null when there is none. */
  readonly older: string | null;
  readonly random: Random;
  /** Only these files of the log; all that hold records unless given. */
  readonly files?: RegExp;
}

/** One way in which files go bad. */
export interface Damage {
  readonly name: string;
  /** Whether term and vote are gone with it: such a node can only come back under a new id. */
  readonly takesVote?: boolean;
  /** Whether it changes bytes that LevelDB then reads with assertions, which end the process. */
  readonly isInside?: boolean;
  /** Does it, and says what it did; null when there is nothing to do it to. */
  readonly apply: (target: DamageTarget) => Promise<string | null>;
}

const PAGE_BYTES = 4096;
const SECTOR_BYTES = 512;

/** Random numbers that a seed repeats (xorshift). */
export function randomFrom(seed: number): Random {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Files that hold records, of any backend. */
const RECORD_FILE = /\.(log|ldb|seg|mdb)$/;
/** And those without which they are not found. */
const LOG_FILE = /\.(log|ldb|seg|mdb)$|^(CURRENT|MANIFEST-\d+)$/;

export const DAMAGES: readonly Damage[] = [
  {
    name: 'bit of the log flipped',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, flipBit),
  },
  {
    name: 'bit near the end of the log flipped',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, flipLate),
  },
  {
    name: 'page of the log zeroed',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, zero(PAGE_BYTES)),
  },
  {
    name: 'sector of the log zeroed',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, zero(SECTOR_BYTES)),
  },
  {
    name: 'sector of the log overwritten',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, overwrite),
  },
  {
    name: 'two sectors of the log swapped',
    isInside: true,
    apply: (target) => inLog(target, RECORD_FILE, swap),
  },
  { name: 'file of the log cut short', apply: (target) => inLog(target, LOG_FILE, cutShort) },
  { name: 'file of the log emptied', apply: (target) => inLog(target, LOG_FILE, empty) },
  {
    name: 'file of the log deleted',
    apply: (target) => inLog(target, LOG_FILE, (path) => rm(path)),
  },
  { name: 'folder of the log deleted', apply: deleteLog },
  { name: 'folder of the log from an earlier time', apply: olderLog },
  { name: 'one meta page: bit flipped', apply: (target) => inOnePage(target, flipBit) },
  { name: 'one meta page: cut short', apply: (target) => inOnePage(target, cutShort) },
  { name: 'one meta page: deleted', apply: (target) => inOnePage(target, (path) => rm(path)) },
  { name: 'node.json: bit flipped', apply: (target) => inFile(target, 'node.json', flipBit) },
  {
    name: 'node.json: deleted',
    apply: (target) => inFile(target, 'node.json', (path) => rm(path)),
  },
  {
    name: 'both meta pages: bit flipped',
    takesVote: true,
    apply: (target) => inBothPages(target, flipBit),
  },
  {
    name: 'both meta pages: deleted',
    takesVote: true,
    apply: (target) => inBothPages(target, (path) => rm(path)),
  },
];

type Change = (path: string, random: Random) => Promise<void>;

async function inLog(
  target: DamageTarget,
  pattern: RegExp,
  change: Change,
): Promise<string | null> {
  const folder = join(target.directory, 'log');
  const files: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const isWanted = pattern.test(name) && (target.files?.test(name) ?? true);
    if (isWanted && (await readFile(join(folder, name))).length > 0) files.push(name);
  }
  const name = files[Math.floor(target.random() * files.length)];
  if (name === undefined) return null;
  await change(join(folder, name), target.random);
  return `log/${name}`;
}

async function inOnePage(target: DamageTarget, change: Change): Promise<string> {
  const name = target.random() < 0.5 ? 'meta.a' : 'meta.b';
  await change(join(target.directory, name), target.random);
  return name;
}

async function inBothPages({ directory, random }: DamageTarget, change: Change): Promise<string> {
  await change(join(directory, 'meta.a'), random);
  await change(join(directory, 'meta.b'), random);
  return 'meta.a and meta.b';
}

async function inFile(target: DamageTarget, name: string, change: Change): Promise<string> {
  await change(join(target.directory, name), target.random);
  return name;
}

async function deleteLog({ directory }: DamageTarget): Promise<string> {
  await rm(join(directory, 'log'), { recursive: true });
  return 'log';
}

async function olderLog({ directory, older }: DamageTarget): Promise<string | null> {
  if (older === null) return null;
  await rm(join(directory, 'log'), { recursive: true });
  await cp(join(older, 'log'), join(directory, 'log'), { recursive: true });
  return 'log';
}

/** A bit of what is in use: the zeros behind it mean nothing. */
const flipBit: Change = async (path, random) => {
  const bytes = await readFile(path);
  const offset = Math.floor(random() * usedLength(bytes));
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << Math.floor(random() * 8)), offset);
  await writeFile(path, bytes);
};

const flipLate: Change = async (path, random) => {
  const bytes = await readFile(path);
  const used = usedLength(bytes);
  const offset = used - 1 - Math.floor(random() * Math.min(used, 300));
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << Math.floor(random() * 8)), offset);
  await writeFile(path, bytes);
};

function zero(length: number): Change {
  return async (path, random) => {
    const bytes = await readFile(path);
    const offset = Math.floor((random() * usedLength(bytes)) / length) * length;
    await writeFile(path, bytes.fill(0, offset, Math.min(offset + length, bytes.length)));
  };
}

const overwrite: Change = async (path, random) => {
  const bytes = await readFile(path);
  const start = Math.floor((random() * usedLength(bytes)) / SECTOR_BYTES) * SECTOR_BYTES;
  const end = Math.min(start + SECTOR_BYTES, bytes.length);
  for (let at = start; at < end; at += 1) bytes[at] = Math.floor(random() * 256);
  await writeFile(path, bytes);
};

const swap: Change = async (path, random) => {
  const bytes = await readFile(path);
  const sectors = Math.floor(usedLength(bytes) / SECTOR_BYTES);
  const at = (): number => Math.floor(random() * sectors) * SECTOR_BYTES;
  const [first, second] = [at(), at()];
  const kept = Buffer.from(bytes.subarray(first, first + SECTOR_BYTES));
  bytes.copyWithin(first, second, second + SECTOR_BYTES);
  kept.copy(bytes, second);
  await writeFile(path, bytes);
};

const cutShort: Change = async (path, random) => {
  const used = usedLength(await readFile(path));
  await truncate(path, Math.floor(random() * used));
};

const empty: Change = (path) => truncate(path, 0);

function usedLength(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 1 && bytes[end - 1] === 0) end -= 1;
  return end;
}
