import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/**
 * What a theme changes is colour alone: the rest is held to the rules once, in light. The pairs of light
 * high contrast are computed with the others.
 */
export const OTHER_THEMES = [
  { colorScheme: 'dark', contrast: 'no-preference' },
  { colorScheme: 'dark', contrast: 'more' },
] as const;

/** The rules of accessibility that the page breaks as it is now, and where. */
export async function violations(
  page: Page,
  rules: 'all' | 'colour' = 'all',
): Promise<readonly string[]> {
  // The window follows what the system wishes for, with its next frame.
  await expect.poll(() => page.evaluate(isAsWished)).toBe(true);
  // What is on its way to another colour or place is neither of the two. A movement may be broken off.
  await page.evaluate(() => {
    const moving = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(moving.map(({ finished }) => finished));
  });
  const axe = new AxeBuilder({ page });
  const found = await (rules === 'all' ? axe : axe.withRules(['color-contrast'])).analyze();
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((n) => String(n.target)).join(', ')}`,
  );
}

/** Runs in the page: whether its colours are those that the system asks for now. */
function isAsWished(): boolean {
  const { theme, contrast } = document.documentElement.dataset;
  // A page without a window in it has no other colours.
  if (contrast === undefined) return true;
  const isMore = theme === 'contrast' || window.matchMedia('(prefers-contrast: more)').matches;
  return contrast === (isMore ? 'more' : 'normal');
}
