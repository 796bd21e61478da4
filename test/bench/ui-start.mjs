/* global window, document, performance, MutationObserver */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';
import { openWindow } from './window.mjs';

const STARTS = 7;
const RENDERER = 'out/renderer';

/**
 * From the click on the first screen until the header names a leader of three nodes, each time in a
 * home of its own; and what the first screen loads.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measureStart({ otherLoad }) {
  /** @type {number[]} */
  const samples = [];
  let othersCores = 0;
  for (let round = 0; round < STARTS; round += 1) {
    const app = await openWindow();
    try {
      await app.page.evaluate(watchStart);
      const load = await otherLoad(
        () => app.pids(),
        async () => {
          await app.page.getByRole('button', { name: 'Start a 3-node cluster' }).click();
          /** @type {number} */
          const ms = await app.page.evaluate('window.__led');
          return ms;
        },
      );
      samples.push(load.value);
      // The three nodes are ours too, and not among those that were counted.
      othersCores = Math.max(othersCores, load.othersCores);
    } finally {
      await app.stop();
    }
  }
  return [
    { name: 'click to leader, 3 nodes', unit: 'ms', samples, othersCores },
    {
      name: 'click to leader, 3 nodes, p95',
      unit: 'ms',
      samples: [percentileOf(samples, 0.95)],
      goal: atMost(2_000),
      othersCores,
    },
    {
      name: 'first screen, compressed',
      unit: 'KiB',
      samples: [firstScreenKib()],
      goal: atMost(180),
      othersCores: 0,
    },
  ];
}

/** Runs in the page: how long after the click the header names a leader. */
function watchStart() {
  let clickedMs = 0;
  document.addEventListener('click', (event) => (clickedMs ||= event.timeStamp), true);
  const led = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      // The sentence beside it names candidates too.
      const figures = [...document.querySelectorAll('header dt')];
      const figure = figures.find(({ textContent }) => textContent === 'Leader');
      const leader = figure?.nextElementSibling?.textContent ?? '';
      if (clickedMs === 0 || !/^node-\d+$/u.test(leader)) return;
      observer.disconnect();
      resolve(performance.now() - clickedMs);
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  Object.assign(window, { __led: led });
}

/** What the page names, and what that imports in turn; not what is loaded later. */
function firstScreenKib() {
  const page = readFileSync(join(RENDERER, 'index.html'), 'utf8');
  const named = page.matchAll(/(?:src|href)="\.\/assets\/(?<name>[^"]+\.(?:js|css))"/gu);
  const wanted = new Set([...named].map((match) => match.groups?.['name'] ?? ''));
  const present = new Set(readdirSync(join(RENDERER, 'assets')));
  let bytes = 0;
  for (const name of wanted) {
    if (!present.has(name)) throw new Error(`the page names ${name}, which is not built`);
    const text = readFileSync(join(RENDERER, 'assets', name), 'utf8');
    bytes += gzipSync(text).length;
    for (const match of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/(?<name>[^"]+\.js)"/gu)) {
      wanted.add(match.groups?.['name'] ?? '');
    }
  }
  return bytes / 1024;
}
