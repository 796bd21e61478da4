import { expect, type Page } from '@playwright/test';

import { advance, goToScreen, test } from './fake-page.ts';
import { violations } from './violations.ts';

/* The window in a language whose words are longer: see renderer/ui/pseudo-locale.ts. */

/** Screens by scenario; with longer words each must show all that it says. */
const LONGER: readonly (readonly [scenario: string, hashes: readonly string[]])[] = [
  ['healthy', ['#/clusters', '#/settings', '#/overview/orders-lab/2', '#/logs/orders-lab']],
  ['healthy', ['#/console/orders-lab', '#/data/orders-lab', '#/snapshots/orders-lab']],
  ['degraded', ['#/overview/orders-lab/1', '#/metrics/orders-lab', '#/output/orders-lab']],
  ['faults', ['#/chaos/orders-lab', '#/overview/orders-lab']],
  // The same screen in another mode: nobody leaves it, so it is opened anew.
  ['faults', ['#/overview/orders-lab?mode=matrix']],
  ['violation', ['#/chaos/orders-lab']],
  ['recording', ['#/clusters', '#/overview/rec-1a2b3c4d']],
  ['creating', ['#/overview/new']],
  ['failed-start', ['#/overview/new']],
];

test('in a language of longer words nothing is cut off and nothing sticks out', async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 1024, height: 640 });
  for (const [scenario, hashes] of LONGER) {
    let before = '';
    for (const hash of hashes) {
      const [screen = ''] = /^#\/\w+/.exec(hash) ?? [];
      // Of a change within one screen nothing tells when it is done: that is opened anew.
      const isNext = before !== '' && screen !== before;
      if (isNext) await goToScreen(page, hash);
      else await open({ scenario, hash, locale: 'pseudo' });
      before = screen;
      await advance(page, 400);
      expect.soft(await cutOff(page), `${scenario} ${hash}`).toEqual([]);
    }
  }
});

test('of nine nodes, or in twice the size, nothing stands in the place of its neighbour', async ({
  page,
  open,
}) => {
  for (const [scenario, hash, width, height] of [
    ['nine', '#/console/nine', 1024, 640],
    ['nine', '#/logs/nine', 1024, 640],
    ['healthy', '#/data/orders-lab', 640, 400],
    ['healthy', '#/logs/orders-lab', 640, 400],
  ] as const) {
    await page.setViewportSize({ width, height });
    await open({ scenario, hash });
    const found = (await cutOff(page)).filter((one) => /too low|overlap|broken/.test(one));
    // Twice the size is scrolled through, from top to bottom.
    const own = found.filter((one) => scenario === 'nine' || !one.startsWith('<'));
    expect.soft(own, `${scenario} ${hash}`).toEqual([]);
  }
  // Of a log of 150,000 entries it draws those in sight.
  expect(
    await page.getByRole('grid', { name: 'Log entries' }).getByRole('row').count(),
  ).toBeLessThan(60);
});

/** Texts that an edge hides where nobody can scroll to them, or that stand in their neighbour's place. */
function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    /** Whether `box` reaches out of whatever it stands in, up to what can be scrolled. */
    const isCut = (box: DOMRect, from: Element): boolean => {
      for (let at: Element | null = from; at !== null; at = at.parentElement) {
        const { overflowX, textOverflow, clipPath, display, position } = getComputedStyle(at);
        // An ellipsis says that there is more; what is for the ear alone has no place.
        if (textOverflow === 'ellipsis' || clipPath !== 'none') return false;
        if (overflowX === 'auto' || overflowX === 'scroll') return false;
        const place = at.getBoundingClientRect();
        const sticksOut = box.right > place.right + 1 || box.left < place.left - 1;
        if (display !== 'inline' && display !== 'contents' && sticksOut) return true;
        if (position === 'absolute' || position === 'fixed') break;
      }
      return box.right > window.innerWidth + 1;
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
      const element = text.parentElement;
      if (element === null || text.textContent?.trim() === '') continue;
      if (element.closest('.visually-hidden, svg, script, option') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (box.width > 0 && isCut(box, element)) found.push(text.textContent ?? '');
    }
    for (const button of document.querySelectorAll('button')) {
      const box = button.getBoundingClientRect();
      if (box.width > 0 && isCut(box, button))
        found.push(`${button.outerHTML.slice(0, 300)} is cut`);
    }
    // What stands above the timeline does not reach into it. A button may be higher than its line.
    for (const panel of document.querySelectorAll('main, main > *, main > * > *')) {
      const { overflowY, position } = getComputedStyle(panel);
      if (overflowY === 'auto' || overflowY === 'scroll' || position === 'absolute') continue;
      const { bottom } = panel.getBoundingClientRect();
      for (const child of panel.querySelectorAll(':scope > :not(button)')) {
        const tooLow = child.getBoundingClientRect().bottom > bottom + 1;
        if (tooLow) found.push(`${child.outerHTML.slice(0, 80)} is too low`);
      }
    }
    // What stands in a bar, in one row or two, does not cover its neighbour.
    for (const bar of document.querySelectorAll(
      '.header, .toolbar, .ring-caption, .fault-table tr',
    )) {
      const parts = bar.matches('.toolbar')
        ? bar.querySelectorAll('h1, button, select, .segmented, input:not([type="radio"])')
        : bar.children;
      const boxes = [...parts]
        .map((child) => child.getBoundingClientRect())
        .filter(({ width }) => width > 0);
      if (boxes.some(({ bottom }) => bottom > bar.getBoundingClientRect().bottom + 1)) {
        found.push(`${bar.className} is too low`);
      }
      boxes.forEach((box, at) => {
        const isOver = boxes
          .slice(at + 1)
          .some(
            (next) =>
              Math.min(box.right, next.right) > Math.max(box.left, next.left) + 1 &&
              Math.min(box.bottom, next.bottom) > Math.max(box.top, next.top) + 1,
          );
        if (isOver) found.push(`${bar.className} overlaps`);
      });
    }
    for (const label of document.querySelectorAll('.segmented label')) {
      if (label.scrollHeight > label.clientHeight + 1) found.push(`${label.textContent} is broken`);
    }
    return found;
  });
}

test('longer words break no rule of accessibility', async ({ page, open }) => {
  await open({ scenario: 'degraded', hash: '#/overview/orders-lab/1', locale: 'pseudo' });
  // It is the words that are longer, not a window that forgot to be.
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Óvéérv/);
  expect(await violations(page)).toEqual([]);
  await goToScreen(page, '#/settings');
  expect(await violations(page)).toEqual([]);
});
