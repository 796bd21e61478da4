import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:net';

const REPLY_LIMIT_MS = 3_000;
const WHOLE_LIMIT_MS = 300_000;

/**
 * @typedef {import('./types.d.ts').BenchNode} BenchNode
 * @typedef {{ role: string, health: string, leaderId: string | null, appliedIndex: number,
 *   commitIndex: number, lastIndex: number, logBytes: number,
 *   counters: { logWrites: number } }} Status what is read of RAFT STATUS
 */

/**
 * Waits until all nodes follow one leader and have applied what it committed.
 *
 * @param {readonly BenchNode[]} nodes
 * @returns {Promise<BenchNode>} the leader
 */
export async function untilWhole(nodes) {
  const start = performance.now();
  while (performance.now() - start < WHOLE_LIMIT_MS) {
    const statuses = await Promise.all(nodes.map(({ clientAddress }) => statusOf(clientAddress)));
    const at = statuses.findIndex((status) => status?.role === 'leader');
    const leader = nodes[at];
    const commitIndex = statuses[at]?.commitIndex ?? 0;
    const isWhole = statuses.every(
      (status) =>
        status?.health === 'ok' &&
        status.leaderId === leader?.id &&
        status.appliedIndex === commitIndex,
    );
    if (leader !== undefined && isWhole) return leader;
    await wait(20);
  }
  throw new Error(`the cluster was not whole within ${WHOLE_LIMIT_MS} ms`);
}

/**
 * Waits for the first answer to a default read, which a node gives when it has applied all that was
 * committed before it started. That its applied index is its commit index says less: a node that has
 * just read its log does not know yet what of it is committed.
 *
 * @param {BenchNode} node
 */
export async function untilAnswered({ clientAddress }) {
  const start = performance.now();
  while (performance.now() - start < WHOLE_LIMIT_MS) {
    const reply = await ask(clientAddress, 'GET key:000000000000');
    if (reply.startsWith('$')) return;
    await wait(5);
  }
  throw new Error(`no read was answered within ${WHOLE_LIMIT_MS} ms`);
}

/**
 * @param {string} address
 * @returns {Promise<Status | null>} null when it does not answer
 */
export async function statusOf(address) {
  const text = await ask(address, 'RAFT STATUS');
  const json = /^\$\d+\r\n(\{.*\})$/su.exec(text)?.[1];
  return json === undefined ? null : JSON.parse(json);
}

/**
 * One inline command over a connection of its own.
 *
 * @param {string} address
 * @param {string} command
 * @returns {Promise<string>} the reply without its last line end; empty when there is none
 */
export function ask(address, command) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? '', port: Number(port), noDelay: true });
    let reply = '';
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply.endsWith('\r\n') ? reply.slice(0, -2) : '');
    };
    const timer = setTimeout(done, REPLY_LIMIT_MS);
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      const bulk = /^\$(\d+)\r\n/u.exec(reply);
      const length = bulk === null ? 0 : bulk[0].length + Number(bulk[1]) + 2;
      if (reply.endsWith('\r\n') && Buffer.byteLength(reply) >= length) done();
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}
