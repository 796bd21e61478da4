import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { CommandError, reasonOf } from '../args/usage-error.ts';
import type { FileMember } from './cluster-file.ts';

/** What `up` remembers of a cluster, so that it comes back with the same ids and ports. */
export interface SavedPlan {
  readonly members: readonly FileMember[];
  readonly flags: ReadonlyMap<string, string>;
  /** Whether the nodes speak TLS. */
  readonly tls: boolean;
  /** Whether all members were voters once: before that, the first node alone starts the cluster. */
  readonly formed: boolean;
}

const FILE_MODE = 0o600;

/** Where a cluster's plan is kept. */
export function savedPlanPath(directory: string): string {
  return join(directory, 'cluster.json');
}

/**
 * The plan of the cluster in a directory; null when there is none.
 *
 * @throws CommandError when there is one and it cannot be used
 */
export function readSavedPlan(directory: string): SavedPlan | null {
  const path = savedPlanPath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new CommandError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${path} is not JSON: ${reasonOf(error)}`, { cause: error });
  }
  const plan = planOf(document);
  if (plan === null) throw new CommandError(`${path} was not written by this version of raftdeck`);
  return plan;
}

/** Replaces the plan: a crash leaves the old one or the new one. */
export function writeSavedPlan(directory: string, plan: SavedPlan): void {
  const { members, flags, tls, formed } = plan;
  const document = { format: 1, formed, members, tls, flags: Object.fromEntries(flags) };
  const path = savedPlanPath(directory);
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  const file = openSync(temporary, 'wx', FILE_MODE);
  try {
    writeSync(file, `${JSON.stringify(document, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function planOf(document: unknown): SavedPlan | null {
  if (!isRecord(document) || document['format'] !== 1) return null;
  // Older plans do not say anything of TLS, and there was none.
  const { members, flags, formed, tls = false } = document;
  if (!Array.isArray(members) || !isRecord(flags) || typeof formed !== 'boolean') return null;
  if (typeof tls !== 'boolean') return null;
  const read = members.map(memberOf);
  if (read.length === 0 || !read.every((member) => member !== null)) return null;
  const texts = Object.entries(flags).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return { members: read, flags: new Map(texts), tls, formed };
}

function memberOf(value: unknown): FileMember | null {
  if (!isRecord(value)) return null;
  const { id, address } = value;
  return typeof id === 'string' && typeof address === 'string' ? { id, address } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
