import { createServer } from 'node:net';

/** Below what the kernel hands out by itself, and apart from the other tests. */
const FIRST = 28_000;
const LAST = 31_900;

/**
 * A block of ports that nobody listens on. Nodes keep theirs over restarts, so port 0 will not do.
 *
 * @throws when there is none
 */
export async function freePortBlock(count: number, startAt: number): Promise<number> {
  const blocks = Math.floor((LAST - FIRST) / count);
  for (let tried = 0; tried < blocks; tried += 1) {
    const base = FIRST + ((startAt + tried) % blocks) * count;
    const ports = Array.from({ length: count }, (_, at) => base + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`no ${count} free ports in a row from ${FIRST} to ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
