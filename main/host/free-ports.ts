import { createServer } from 'node:net';

import type { Result } from '../contract/errors.ts';
import { failure } from './failure.ts';
import { portOwner } from './port-owner.ts';

/** Where local clusters listen unless told otherwise. */
export const DEFAULT_BASE_PORT = 7481;
/** Distance of two blocks: leaves room for peers that are added later. */
const BLOCK_DISTANCE = 10;
const BLOCKS_MAX = 200;

/** Probes that are under way: a second one of the same port would find the first one listening. */
const probes = new Map<number, Promise<boolean>>();

/** Whether a server can listen on that port of the loopback address now. Really tries. */
export function isPortFree(port: number): Promise<boolean> {
  const present = probes.get(port);
  if (present !== undefined) return present;
  const probe = new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  }).finally(() => probes.delete(port));
  probes.set(port, probe);
  return probe;
}

/** The ports among `ports` that are taken, in words for people; empty when all are free. */
export async function takenPorts(ports: readonly number[]): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const port of ports) {
    if (await isPortFree(port)) continue;
    const owner = portOwner(port);
    const by = owner === null ? 'another program' : `${owner.name} (PID ${owner.pid})`;
    taken.push(`Port ${port} is used by ${by}.`);
  }
  return taken;
}

/**
 * The first block of `count` free ports at or above `from`. `reserved` ports are passed over: they
 * belong to clusters that are stopped now and will want them back.
 */
export async function findPortBlock(
  count: number,
  from: number,
  reserved: ReadonlySet<number>,
): Promise<Result<number>> {
  for (let block = 0; block < BLOCKS_MAX; block += 1) {
    const base = from + block * BLOCK_DISTANCE;
    if (base + count - 1 > 65_535) break;
    const ports = Array.from({ length: count }, (_, offset) => base + offset);
    if (ports.some((port) => reserved.has(port))) continue;
    if (await allFree(ports)) return { ok: true, value: base };
  }
  return failure(
    'E_PORT',
    `No ${count} free ports in a row were found from ${from} on. Nothing was started. Choose a base port yourself.`,
  );
}

/** The base port of a new cluster: the wanted one when its block is free, or else the next free one. */
export async function choosePorts(
  count: number,
  wanted: number | undefined,
  reserved: ReadonlySet<number>,
): Promise<Result<number>> {
  if (wanted === undefined) return findPortBlock(count, DEFAULT_BASE_PORT, reserved);
  const ports = Array.from({ length: count }, (_, offset) => wanted + offset);
  const promised = ports.find((port) => reserved.has(port));
  const [taken] =
    promised === undefined
      ? await takenPorts(ports)
      : [`Port ${promised} belongs to another of your clusters, running or not.`];
  if (taken === undefined) return { ok: true, value: wanted };
  const other = await findPortBlock(count, wanted + count, reserved);
  const advice = other.ok ? `Ports from ${other.value} on are free.` : 'Choose other ports.';
  return failure('E_PORT', `${taken} Nothing was started. ${advice}`);
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isPortFree(port))) return false;
  }
  return true;
}
