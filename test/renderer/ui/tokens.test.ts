import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CSS = readFileSync(join(import.meta.dirname, '../../../renderer/ui/tokens.css'), 'utf8');

const THEMES = ['light', 'dark', 'high contrast, light', 'high contrast, dark'] as const;
type Theme = (typeof THEMES)[number];

/** What text and graphics need at least: WCAG 1.4.3 and 1.4.11; in high contrast 1.4.6 and more. */
function needOf(theme: Theme): { readonly text: number; readonly graphics: number } {
  return theme.startsWith('high') ? { text: 7, graphics: 4.5 } : { text: 4.5, graphics: 3 };
}

/** `--name: light-dark(#aaaaaa, #bbbbbb)` in the rule of that theme. */
function readTokens(theme: Theme): ReadonlyMap<string, string> {
  const selector = theme.startsWith('high') ? ":root[data-contrast='more'] {" : ':root {';
  const start = CSS.indexOf(selector);
  const rule = CSS.slice(start, CSS.indexOf('}', start));
  const found = rule.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g);
  return new Map(
    [...found].map(([, name = '', light = '', dark = '']) => [
      name,
      theme.endsWith('light') ? light : dark,
    ]),
  );
}

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const ROLES = ['leader', 'follower', 'candidate', 'non-voter', 'down', 'paused'];
const SURFACES = ['bg', 'panel', 'sel'];

/** Text and what it stands on. */
const TEXT: readonly (readonly [text: string, ground: string])[] = [
  ...['bg', 'panel', 'sel', 'raised', 'hover', 'halo'].map((ground) => ['text', ground] as const),
  ...SURFACES.flatMap((ground) =>
    ['muted', 'faint', 'accent'].map((text) => [text, ground] as const),
  ),
  ['muted', 'raised'],
  ['muted', 'hover'],
  ['on-accent', 'accent'],
  ...ROLES.flatMap((role) => [
    [role, 'bg'] as const,
    [role, 'panel'] as const,
    [role, `${role}-fill`] as const,
    ['text', `${role}-fill`] as const,
  ]),
  ...['ok', 'warn', 'danger'].flatMap((tone) => [
    [tone, 'bg'] as const,
    [tone, 'panel'] as const,
    [tone, `${tone}-fill`] as const,
    ['text', `${tone}-fill`] as const,
  ]),
  ['down', 'sel'],
  ['non-voter', 'sel'],
  ['candidate', 'sel'],
  ['danger', 'sel'],
  ['danger', 'fault-bar'],
  ['text', 'fault-bar'],
  ['muted', 'danger-fill'],
];

/** Lines and shapes that mean something. */
const GRAPHICS: readonly (readonly [line: string, ground: string])[] = [
  ['control', 'bg'],
  ['control', 'panel'],
  ['accent', 'bg'],
  ['accent', 'panel'],
  ['accent', 'halo'],
  ['faint', 'track'],
  ...ROLES.map((role) => [role, 'halo'] as const),
];

function pairs(
  list: readonly (readonly [string, string])[],
): readonly (readonly [Theme, string, string])[] {
  return THEMES.flatMap((theme) => list.map(([front, ground]) => [theme, front, ground] as const));
}

function ratio(theme: Theme, front: string, ground: string): number {
  const tokens = readTokens(theme);
  const [a, b] = [tokens.get(front), tokens.get(ground)];
  if (a === undefined || b === undefined) throw new Error(`no token ${front} or ${ground}`);
  return contrast(a, b);
}

test('the formula is the one of the WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#0b57d0', '#ffffff')).toBeCloseTo(6.39, 2);
});

test.each(pairs(TEXT))('%s: %s can be read on %s', (theme, text, ground) => {
  expect(ratio(theme, text, ground)).toBeGreaterThanOrEqual(needOf(theme).text);
});

test.each(pairs(GRAPHICS))('%s: %s can be seen on %s', (theme, line, ground) => {
  expect(ratio(theme, line, ground)).toBeGreaterThanOrEqual(needOf(theme).graphics);
});

test('high contrast and forced colours leave no token as it was', () => {
  const names = [...readTokens('light').keys()];
  expect([...readTokens('high contrast, dark').keys()]).toEqual(names);
  const block = CSS.slice(CSS.indexOf('forced-colors: active'));
  expect(names.filter((name) => !block.includes(`--${name}:`))).toEqual([]);
});
