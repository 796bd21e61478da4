import type { ProcessIdentity } from './spawner.ts';

/** A node as the host remembers it. */
export interface SavedNode {
  readonly id: string;
  readonly port: number;
  readonly directory: string;
  /** Committed out of the cluster; its data is kept. */
  readonly removed: boolean;
  /** It had no vote, and was to get none by itself, when it was removed: so it is taken back in. */
  readonly nonVoter: boolean;
  /** What the user last asked for; decides what is restarted after a crash of the host. */
  readonly desired: 'running' | 'stopped';
  /** Whether it has ever named itself a member: from then on it needs nobody to take it in. */
  readonly joined: boolean;
  /** How to tell its process when it outlives the host. */
  readonly process: (ProcessIdentity & { readonly startedAtMs: number }) | null;
}

/** A cluster as the host remembers it. */
export interface SavedCluster {
  readonly format: 1;
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedMs: number;
  readonly machine: string;
  readonly backend: string;
  readonly durability: string;
  readonly basePort: number;
  /** The number of the next node; ids are never used again. */
  readonly nextNumber: number;
  readonly directory: string;
  readonly nodes: readonly SavedNode[];
}

/** Reads a saved cluster; null when the record is not one (damaged, or of a later format). */
export function readSavedCluster(record: unknown): SavedCluster | null {
  if (!isRecord(record) || record['format'] !== 1) return null;
  const { id, name, createdAtMs, lastUsedMs, machine, backend, durability } = record;
  const { basePort, nextNumber, directory, nodes } = record;
  if (!isText(id) || !isText(name) || !isText(directory)) return null;
  if (!isText(machine) || !isText(backend) || !isText(durability)) return null;
  if (!isNumber(createdAtMs) || !isNumber(lastUsedMs)) return null;
  if (!isNumber(basePort) || !isNumber(nextNumber) || !Array.isArray(nodes)) return null;
  const read = nodes.map(readSavedNode);
  if (!read.every((node) => node !== null)) return null;
  const figures = { createdAtMs, lastUsedMs, basePort, nextNumber };
  return { format: 1, id, name, machine, backend, durability, directory, ...figures, nodes: read };
}

function readSavedNode(record: unknown): SavedNode | null {
  if (!isRecord(record)) return null;
  const { id, port, directory, removed, desired, joined, process } = record;
  if (!isText(id) || !isNumber(port) || !isText(directory)) return null;
  if (typeof removed !== 'boolean' || typeof joined !== 'boolean') return null;
  if (desired !== 'running' && desired !== 'stopped') return null;
  const identity = readIdentity(process);
  if (identity === undefined) return null;
  // Hosts of before did not write it down: their nodes came back as voters.
  const nonVoter = record['nonVoter'] ?? false;
  if (typeof nonVoter !== 'boolean') return null;
  return { id, port, directory, removed, nonVoter, desired, joined, process: identity };
}

function readIdentity(record: unknown): SavedNode['process'] | undefined {
  if (record === null) return null;
  if (!isRecord(record)) return undefined;
  const { pid, startTime, startedAtMs } = record;
  // Signals are sent to this pid: 0 and below would mean whole process groups.
  if (!isNumber(pid) || pid < 1 || !isText(startTime) || !isNumber(startedAtMs)) return undefined;
  return { pid, startTime, startedAtMs };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
