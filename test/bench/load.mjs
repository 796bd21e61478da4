import { performance } from 'node:perf_hooks';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** The kernel's clock ticks per second; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Ticks that all processes have used, and those that the host of a virtual machine gave to others.
 * Interrupts are not in it: they are charged to no process, and are mostly our own packets.
 */
function machineTicks() {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line
    .split(/\s+/u)
    .slice(1)
    .map(Number);
  return user + nice + system + steal;
}

/**
 * @param {string} pid
 * @returns {{ parent: number, ticks: number } | null} user and system time, its own and of the
 *   children it has waited for; null when the process is gone
 */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return null;
  }
}

/**
 * CPU seconds that processes have used so far.
 *
 * @param {readonly number[]} pids
 */
export function cpuSecondsOf(pids) {
  const ticks = pids.reduce((sum, pid) => sum + (readStat(String(pid))?.ticks ?? 0), 0);
  return ticks / TICKS_PER_SECOND;
}

/**
 * Proportional set size: what the processes would free.
 *
 * @param {readonly number[]} pids
 */
export function residentMb(pids) {
  return pids.reduce((sum, pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return sum + Number(/^Pss:\s+(?<kb>\d+) kB/mu.exec(rollup)?.groups?.['kb']) / 1024;
  }, 0);
}

/** Shorter than this, and the kernel's clock ticks say nothing. */
const WATCHED_MIN_MS = 300;

/**
 * Ticks of some processes and of all that they have started, and those have started. What ended is in
 * the sum of the process that waited for it, so that nothing is counted twice, or once only at the end.
 *
 * @param {ReadonlyMap<number, { readonly parent: number, readonly ticks: number }>} processes by pid
 * @param {readonly number[]} roots
 */
export function treeTicks(processes, roots) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const [pid, { parent }] of processes) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const own = new Set(roots);
  // A set is walked with what is added to it meanwhile.
  for (const pid of own) for (const child of children.get(pid) ?? []) own.add(child);
  return [...own].reduce((sum, pid) => sum + (processes.get(pid)?.ticks ?? 0), 0);
}

/**
 * Ticks of this process, of `pids`, and of all that they have started.
 *
 * @param {readonly number[]} pids
 */
function ownTicks(pids) {
  const processes = new Map();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/u.test(name) ? readStat(name) : null;
    if (stat !== null) processes.set(Number(name), stat);
  }
  return treeTicks(processes, [process.pid, ...pids]);
}

/** @type {import('./types.d.ts').PartOptions['otherLoad']} */
export async function otherLoad(pids, work) {
  const [startMs, startOwn, startAll] = [performance.now(), ownTicks(pids()), machineTicks()];
  const value = await work();
  const leftMs = WATCHED_MIN_MS - (performance.now() - startMs);
  if (leftMs > 0) await wait(leftMs);
  const seconds = (performance.now() - startMs) / 1000;
  const others = machineTicks() - startAll - (ownTicks(pids()) - startOwn);
  return { value, othersCores: Math.max(0, others / TICKS_PER_SECOND / seconds) };
}
