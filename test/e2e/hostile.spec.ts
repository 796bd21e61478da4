import { expect, type Page } from '@playwright/test';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { HOSTILE_STRINGS } from './hostile-strings.ts';
import { createCluster, freePorts, test } from './live-window.ts';

test('a hundred hostile strings as keys, values, names and lines of output run nothing and break nothing', async ({
  page,
  live,
}, { workerIndex }) => {
  expect(new Set(HOSTILE_STRINGS).size).toBe(100);
  const complaints: string[] = [];
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  page.on('console', (message) => {
    // A script that the content policy has stopped was already one too many.
    if (message.type() === 'error') {
      complaints.push(`${message.text()} ${message.location().url}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const basePort = await freePorts(workerIndex);
  await page.goto(live.link);
  await createCluster(page, basePort, 1);
  await page.evaluate(watchForIntruders);
  const clusterId = /overview\/(\w+)/.exec(page.url())?.[1] ?? '';

  const client = await RespClient.connect({ address: `127.0.0.1:${String(basePort)}` });
  const replies = await Promise.all(
    HOSTILE_STRINGS.map((text) => client.call(['SET', text, text])),
  );
  client.close();
  expect(new Set(replies.map(textOf))).toEqual(new Set(['OK']));
  const printed = HOSTILE_STRINGS.map((text) => `${text}\n`).join('');
  const node = join(live.home, 'clusters', clusterId, 'nodes', '1');
  await appendFile(join(node, 'stdout.log'), printed);

  // Keys and values: each of them chosen, and of every fifth it is waited for that its value is shown.
  await page.keyboard.press('Control+7');
  const grid = page.getByRole('grid', { name: 'Keys' });
  await expect(grid).toHaveAttribute('aria-rowcount', '101');
  await grid.focus();
  const value = page.getByRole('complementary', { name: 'Value' });
  for (let row = 0; row < 100; row += 1) {
    await page.keyboard.press('ArrowDown');
    if (row % 5 === 0) {
      const shown = value.getByRole('region', { name: 'Value' });
      await expect(shown).toBeVisible();
    }
  }
  await nothingSticksOut(page);

  // Lines of output.
  await page.keyboard.press('Control+j');
  const lines = page.getByRole('listbox', { name: 'Lines of output' });
  // The host reads what a node has printed a moment later.
  await expect(async () => {
    await lines.press('Home');
    const first = lines.getByText('<script>ran=1</script>').first();
    await expect(first).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  for (let down = 0; down < 6; down += 1) await lines.press('PageDown');
  await nothingSticksOut(page);

  // Names: those that could hide or reorder text are refused, all others are shown.
  await page.keyboard.press('Control+1');
  const given = await page.evaluate(rename, { clusterId, names: HOSTILE_STRINGS });
  expect(given.length).toBeGreaterThan(60);
  await expect(page.getByRole('row', { name: given.at(-1) ?? '' })).toBeVisible();
  await nothingSticksOut(page);
  await page.goto(`${new URL(page.url()).origin}/#/overview/${clusterId}`);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await nothingSticksOut(page);

  expect(await page.evaluate('[typeof ran, intruders]')).toEqual(['undefined', []]);
  expect(complaints).toEqual([]);
  // Had one of them become an element, it would have been seen.
  await page.evaluate(() => document.body.append(document.createElement('img')));
  expect(await page.evaluate('intruders')).toContain('<img>');
});

async function nothingSticksOut(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(wide).toBe(false);
}

/** Runs in the page: notes every element that text could have become, and none of ours is. */
function watchForIntruders(): void {
  const intruders: string[] = [];
  Object.assign(window, { intruders });
  const FOREIGN = 'script, img, iframe, object, video, math, marquee, meta, style, link, animate';
  const look = (node: Node): void => {
    if (!(node instanceof Element)) return;
    for (const element of [node, ...node.querySelectorAll('*')]) {
      const acts = element.getAttributeNames().some((name) => name.startsWith('on'));
      const leads = element.getAttribute('href')?.startsWith('javascript:') === true;
      const isOurs = element.closest('head') !== null;
      if (!isOurs && (acts || leads || element.matches(FOREIGN))) intruders.push(element.outerHTML);
    }
  };
  new MutationObserver((changes) => {
    for (const { addedNodes, target } of changes) {
      look(target);
      for (const node of addedNodes) look(node);
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}

/** Runs in the page: gives the cluster one name after another; those that the host took. */
async function rename(asked: {
  readonly clusterId: string;
  readonly names: readonly string[];
}): Promise<readonly string[]> {
  const socket = new WebSocket(`ws://${location.host}/socket`);
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const given: string[] = [];
  for (const [id, name] of asked.names.entries()) {
    const answer = new Promise<boolean>((resolve) => {
      socket.onmessage = (event) => {
        const { result } = JSON.parse(String(event.data)) as { result: { ok: boolean } };
        resolve(result.ok);
      };
    });
    const request = { clusterId: asked.clusterId, name };
    socket.send(JSON.stringify({ id: id + 1, call: 'renameCluster', request }));
    if (await answer) given.push(name);
    // The window is to show each of them.
    await new Promise((shown) => requestAnimationFrame(shown));
  }
  socket.close();
  return given;
}
