import { performance } from 'node:perf_hooks';
import { readFileSync } from 'node:fs';

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
 * User and system ticks of one process; what it had used at last once it is gone.
 *
 * @param {number} pid
 * @param {Map<number, number>} known
 */
function processTicks(pid, known) {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // User and system time, its own and of the children it has waited for.
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    known.set(pid, ticks);
  } catch {
    // Gone: its last figure stands.
  }
  return known.get(pid) ?? 0;
}

/**
 * CPU seconds that processes have used so far.
 *
 * @param {readonly number[]} pids
 */
export function cpuSecondsOf(pids) {
  const known = new Map();
  return pids.reduce((sum, pid) => sum + processTicks(pid, known), 0) / TICKS_PER_SECOND;
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

/** @type {import('./types.d.ts').PartOptions['otherLoad']} */
export async function otherLoad(pids, work) {
  const known = new Map();
  /** @param {readonly number[]} ours */
  const own = (ours) =>
    [...new Set([...known.keys(), ...ours, process.pid])].reduce(
      (sum, pid) => sum + processTicks(pid, known),
      0,
    );
  const [startMs, startOwn, startAll] = [performance.now(), own(pids()), machineTicks()];
  const value = await work();
  const seconds = (performance.now() - startMs) / 1000;
  const others = machineTicks() - startAll - (own(pids()) - startOwn);
  return { value, othersCores: Math.max(0, others / TICKS_PER_SECOND / seconds) };
}
