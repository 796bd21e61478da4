import { createConnection } from 'node:net';

/** A million keys are written in parts of so many commands. */
const COMMANDS_PER_PART = 5_000;

/**
 * A bare connection: what is measured is the server, so nothing of a client library stands between.
 * It understands simple strings, errors, integers and bulk strings, one reply a command.
 *
 * @param {number} port
 */
export async function connectTo(port) {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('error', reject);
  });
  /** @type {{ wanted: number, resolve: (replies: string[]) => void, reject: (error: Error) => void } | null} */
  let waiting = null;
  /** @type {string[]} */
  let replies = [];
  let rest = '';
  /** @param {Error} error */
  const fail = (error) => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    rest += String(chunk);
    let at = 0;
    for (;;) {
      const end = rest.indexOf('\r\n', at);
      if (end < 0) break;
      const line = rest.slice(at, end);
      const length = line.startsWith('$') ? Number(line.slice(1)) : -1;
      const next = length < 0 ? end + 2 : end + 2 + length + 2;
      if (next > rest.length) break;
      replies.push(length < 0 ? line : rest.slice(end + 2, next - 2));
      at = next;
    }
    rest = rest.slice(at);
    if (waiting === null || replies.length < waiting.wanted) return;
    const { resolve } = waiting;
    waiting = null;
    resolve(replies);
  });
  socket.once('error', fail);
  socket.once('close', () => fail(new Error(`port ${port} closed the connection`)));

  /**
   * @param {string} bytes whole commands
   * @param {number} count how many
   * @returns {Promise<string[]>} their replies
   */
  const send = (bytes, count) => {
    replies = [];
    return new Promise((resolve, reject) => {
      waiting = { wanted: count, resolve, reject };
      socket.write(bytes, 'latin1');
    });
  };
  return { send, close: () => socket.destroy() };
}

/** @param {readonly string[]} args */
export function commandOf(...args) {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
}

/** @param {number} number @returns {readonly [string, string]} a key of 16 bytes, a value of 16 */
export function pairOf(number) {
  const digits = String(number).padStart(12, '0');
  return [`key:${digits}`, `val:${digits}`];
}

/**
 * Writes keys 0 to `count` - 1, each once.
 *
 * @param {number} port
 * @param {number} count
 */
export async function fill(port, count) {
  const connection = await connectTo(port);
  for (let from = 0; from < count; from += COMMANDS_PER_PART) {
    const numbers = Math.min(COMMANDS_PER_PART, count - from);
    let bytes = '';
    for (let at = from; at < from + numbers; at += 1) bytes += commandOf('SET', ...pairOf(at));
    const replies = await connection.send(bytes, numbers);
    const refused = replies.find((reply) => reply !== '+OK');
    if (refused !== undefined) throw new Error(`port ${port} answered ${refused}`);
  }
  connection.close();
}

/**
 * How many of the keys that `fill` wrote are there, with the right value.
 *
 * @param {number} port
 * @param {number} count
 */
export async function countKept(port, count) {
  const connection = await connectTo(port);
  let kept = 0;
  for (let from = 0; from < count; from += COMMANDS_PER_PART) {
    const numbers = Math.min(COMMANDS_PER_PART, count - from);
    let bytes = '';
    for (let at = from; at < from + numbers; at += 1) bytes += commandOf('GET', pairOf(at)[0]);
    const replies = await connection.send(bytes, numbers);
    kept += replies.filter((reply, at) => reply === pairOf(from + at)[1]).length;
  }
  connection.close();
  return kept;
}
