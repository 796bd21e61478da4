/// <reference path="../../node-engine/client/redis-parser.d.ts" />
/* global window, document, MutationObserver */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import RedisParser from 'redis-parser';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { createCluster, openWindow } from './window.mjs';

const TRANSFERS = 15;
const WRITES = 40;
/** A node's trace counts on from the machine's clock at its start, and the page's has whole ms. */
const CLOCK_SKEW_MS = 5;

/**
 * From a node's own trace to the picture: a change of leader until the header names the new one, and
 * a commit until the ring shows its index.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measurePicture({ otherLoad }) {
  const window = await openWindow();
  try {
    const { view } = await createCluster(window, 3);
    const base = Number(view.nodes[0].clientAddress.split(':').at(-1));
    const pids = () => [...window.pids(), ...view.nodes.map((/** @type {any} */ one) => one.pid)];
    const load = await otherLoad(pids, () => observe(window.page, base));
    const { leaderMs, commitMs } = load.value;
    const chance = { isSpreadInherent: true, othersCores: load.othersCores };
    return [
      { name: 'leader change to screen', unit: 'ms', samples: leaderMs, ...chance },
      {
        name: 'leader change to screen, p95',
        unit: 'ms',
        samples: [percentileOf(leaderMs, 0.95)],
        goal: atMost(300),
        ...chance,
      },
      { name: 'commit to screen', unit: 'ms', samples: commitMs, ...chance },
      {
        name: 'commit to screen, p95',
        unit: 'ms',
        samples: [percentileOf(commitMs, 0.95)],
        goal: atMost(300),
        ...chance,
      },
    ];
  } finally {
    await window.stop();
  }
}

/**
 * @param {import('@playwright/test').Page} page
 * @param {number} base port of node 1
 */
async function observe(page, base) {
  await page.evaluate(watchPicture);
  /** @type {{ type: string, timeMs: number, id: number, commitIndex: number }[]} */
  const traced = [];
  const ports = [base, base + 1, base + 2];
  const nodes = await Promise.all(ports.map((port, at) => watchNode(port, at + 1, traced)));
  let leader = 1;
  for (let round = 0; round < TRANSFERS; round += 1) {
    const next = (leader % 3) + 1;
    nodes[leader - 1]?.send(['RAFT', 'SERVER', 'TRANSFER', String(next)]);
    await wait(900);
    leader = traced.findLast(({ type }) => type === 'leads')?.id ?? leader;
  }
  for (let round = 0; round < WRITES; round += 1) {
    nodes[leader - 1]?.send(['SET', 'bench', String(round)]);
    await wait(300 + (round % 7) * 30);
  }
  await wait(1000);
  for (const node of nodes) node.close();
  /** @type {{ leaders: [number, string][], commits: [number, number][] }} */
  const seen = await page.evaluate('window.__seen');
  const leads = traced.filter(({ type }) => type === 'leads');
  const commits = traced.filter(({ type, id }) => type === 'committed' && id === leader);
  return {
    leaderMs: leads.flatMap(({ timeMs, id }) => {
      const shown = seen.leaders.find(
        ([at, name]) => at >= timeMs - CLOCK_SKEW_MS && name === `node-${String(id)}`,
      );
      return shown === undefined ? [] : [shown[0] - timeMs];
    }),
    commitMs: commits.slice(-WRITES).flatMap(({ timeMs, commitIndex }) => {
      const shown = seen.commits.find(([, index]) => index >= commitIndex);
      return shown === undefined ? [] : [shown[0] - timeMs];
    }),
  };
}

/** Runs in the page: notes when the header names a leader, and when the ring shows an index. */
function watchPicture() {
  /** @type {{ leaders: [number, string][], commits: [number, number][] }} */
  const seen = { leaders: [], commits: [] };
  Object.assign(window, { __seen: seen });
  const look = () => {
    const now = Date.now();
    // The sentence beside it names candidates too.
    const figures = [...document.querySelectorAll('header dt')];
    const figure = figures.find(({ textContent }) => textContent === 'Leader');
    const leader = figure?.nextElementSibling?.textContent ?? 'none';
    if (seen.leaders.at(-1)?.[1] !== leader) seen.leaders.push([now, leader]);
    const labels = [...document.querySelectorAll('[aria-label*=", commit "]')];
    const shown = labels.map((one) =>
      /commit ([\d,]+)/u.exec(one.getAttribute('aria-label') ?? ''),
    );
    const index = Math.max(0, ...shown.map((one) => Number((one?.[1] ?? '0').replaceAll(',', ''))));
    if (index > (seen.commits.at(-1)?.[1] ?? 0)) seen.commits.push([now, index]);
  };
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document.body, options);
}

/**
 * @param {number} port
 * @param {number} id
 * @param {{ type: string, timeMs: number, id: number, commitIndex: number }[]} traced
 */
async function watchNode(port, id, traced) {
  const watching = await open(port, (reply) => {
    if (!Array.isArray(reply) || String(reply[1]) !== 'trace') return;
    for (const { timeMs, event } of JSON.parse(String(reply[2]))) {
      if (event.type === 'role' && event.role === 'leader') {
        traced.push({ type: 'leads', timeMs, id, commitIndex: 0 });
      } else if (event.type === 'committed') {
        traced.push({ type: 'committed', timeMs, id, commitIndex: event.commitIndex });
      }
    }
  });
  watching.send(['RAFT', 'WATCH', 'EVENTS', 'INTERVAL', '60000']);
  const commands = await open(port, () => undefined);
  return {
    send: commands.send,
    close: () => {
      watching.close();
      commands.close();
    },
  };
}

/**
 * @param {number} port
 * @param {(reply: unknown) => void} onReply
 */
async function open(port, onReply) {
  const socket = connect(port, '127.0.0.1');
  const parser = new RedisParser({
    returnReply: onReply,
    returnError: (error) => console.error(`${String(port)}: ${error.message}`),
    returnFatalError: (error) => socket.destroy(error),
  });
  socket.on('data', (chunk) => parser.execute(chunk));
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    /** @param {readonly string[]} words */
    send: (words) => {
      const bulks = words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`);
      socket.write(`*${String(words.length)}\r\n${bulks.join('')}`);
    },
    close: () => socket.destroy(),
  };
}
