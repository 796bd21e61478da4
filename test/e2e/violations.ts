import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

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
  // A colour on its way to another one is neither of the two.
  await page.evaluate(() =>
    Promise.all(
      document.getAnimations().flatMap((one) => (one instanceof CSSTransition ? one.finished : [])),
    ),
  );
  const axe = new AxeBuilder({ page });
  const found = await (rules === 'all' ? axe : axe.withRules(['color-contrast'])).analyze();
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((n) => String(n.target)).join(', ')}`,
  );
}
