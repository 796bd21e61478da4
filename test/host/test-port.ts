import { isPortFree } from '../../main/host/free-ports.ts';

const FIRST_PORT = 23_000;
const LAST_PORT = 23_999;

let next = FIRST_PORT + (process.pid % 40) * 20;

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
