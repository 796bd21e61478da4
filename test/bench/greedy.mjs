/*
 * The greedy client of `fairness.mjs`, in a thread of its own: it sends a pipeline of writes, again
 * when the last is answered, until it is told to stop. Its replies are only counted, so that it is the
 * node that is kept busy and not the one that measures.
 */
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { commandOf, pairOf } from './client.mjs';

const REPLY_BYTES = '+OK\r\n'.length;

/** @type {{ port: number, count: number, answered: Int32Array }} */
const { port, count, answered } = workerData;

let commands = '';
for (let at = 0; at < count; at += 1) commands += commandOf('SET', ...pairOf(at));
const pipeline = Buffer.from(commands, 'latin1');
let received = 0;
let isOver = false;

parentPort?.once('message', () => {
  isOver = true;
});

const socket = connect({ host: '127.0.0.1', port, noDelay: true });
socket.once('connect', () => socket.write(pipeline));
socket.on('data', (chunk) => {
  received += chunk.length;
  Atomics.store(answered, 0, Math.floor(received / REPLY_BYTES));
  if (received % (count * REPLY_BYTES) > 0) return;
  if (isOver) socket.destroy();
  else socket.write(pipeline);
});
