import { isPortFree } from '../../main/host/free-ports.ts';

/* Vitest's workers run beside each other in one process: each has a part of the range to itself. */
const WORKERS_MAX = 4;
const PORTS_PER_WORKER = 1_000 / WORKERS_MAX;
const worker = Number(process.env['VITEST_POOL_ID'] ?? '1') % WORKERS_MAX;
const FIRST_PORT = 23_000 + worker * PORTS_PER_WORKER;
const LAST_PORT = FIRST_PORT + PORTS_PER_WORKER - 1;

/* Where a run begins differs from run to run, for those that run at the same time. */
let next = FIRST_PORT + ((process.pid * 7) % PORTS_PER_WORKER);

/** A port of the range of these tests that is free now and was not given out before. */
export async function testPort(): Promise<number> {
  return testPorts(1);
}

/** The first of `count` such ports in a row. */
export async function testPorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (next + count - 1 > LAST_PORT) next = FIRST_PORT;
    const first = next;
    next += count;
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isPortFree));
    if (free.every((isFree) => isFree)) return first;
  }
  throw new Error('no free port in the range of these tests');
}
