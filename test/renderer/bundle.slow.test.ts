import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../out/renderer');

function built(ending: string): readonly string[] {
  return readdirSync(join(FOLDER, 'assets'))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(FOLDER, 'assets', name), 'utf8'));
}

/** What the page loads before anything is clicked: what it names, and what that imports in turn. */
function firstScreen(): readonly string[] {
  const page = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const names = [...page.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.(?:js|css))"/g)].flatMap(
    ([, name]) => name ?? [],
  );
  const wanted = new Set(names);
  for (const name of wanted) {
    const text = readFileSync(join(FOLDER, 'assets', name), 'utf8');
    // `import{a}from"./b.js"` and `import"./b.js"`; what `import("./b.js")` names comes later.
    for (const [, found] of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)) {
      if (found !== undefined) wanted.add(found);
    }
  }
  return [...wanted].map((name) => readFileSync(join(FOLDER, 'assets', name), 'utf8'));
}

test('the first screen needs at most 180 KiB of script and style, compressed', () => {
  const files = firstScreen();
  const bytes = files.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeGreaterThan(60 * 1024);
  expect(bytes / 1024).toBeLessThanOrEqual(180);
});

test('charts come with the screen that has them, and not before', () => {
  // A name that only the chart library gives an element.
  const hasCharts = (text: string): boolean => text.includes('u-cursor-x');
  expect(built('.js').some(hasCharts)).toBe(true);
  expect(firstScreen().some(hasCharts)).toBe(false);
});

test('the page runs what was built for production, whoever built it', () => {
  // What React says to a developer alone.
  for (const script of built('.js')) expect(script).not.toContain('React DevTools for a better');
});

test('the shipped page has no scripted host in it', () => {
  const scripts = built('.js');
  expect(scripts.length).toBeGreaterThan(0);
  // A text and a name that only the scripted host has.
  for (const script of scripts) expect(script).not.toMatch(/scripted host|fakeHost/);
});

test('the page loads nothing from elsewhere, and runs nothing inline', () => {
  const page = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.length).toBeGreaterThan(2);
  for (const address of addresses) expect(address).toMatch(/^\.\//);
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  for (const style of built('.css')) expect(style).not.toMatch(/url\(|@import/);
});
