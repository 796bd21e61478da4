import { ESLint } from 'eslint';
import { expect, test } from 'vitest';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';

import { ROOT } from './source-files.ts';

/* The bans of eslint.config.js find what they are there for, in the folders they are there for. Rules
 * that need types are off here: the planted files do not exist, so no program holds them. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    { languageOptions: { parserOptions: { projectService: false, program: null } } },
    tseslint.configs.disableTypeChecked,
  ],
});

async function rulesBroken(path: string, text: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, path) });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

const PURE = ['raft', 'resp', 'check', 'sim', 'machine', 'machines'].map(
  (folder) => `node-engine/${folder}/planted.ts`,
);

test.each(PURE)('%s may read no clock and no chance', async (path) => {
  expect(await rulesBroken(path, 'export const a = Math.random();')).toEqual([
    'no-restricted-properties',
  ]);
  expect(await rulesBroken(path, 'export const a = new Date();')).toEqual([
    'no-restricted-globals',
  ]);
  expect(await rulesBroken(path, 'export const a = performance.now();')).toEqual([
    'no-restricted-globals',
  ]);
});

test('the driver may read the clock', async () => {
  expect(await rulesBroken('node-engine/node/planted.ts', 'export const a = Date.now();')).toEqual(
    [],
  );
});

test.each([
  ['main/host/planted.ts', `export const a = (text: string): unknown => eval(text);`, 'no-eval'],
  ['main/host/planted.ts', `export const a = new Function('return 1');`],
  ['renderer/ui/planted.tsx', `export const a = <p dangerouslySetInnerHTML={{ __html: '' }} />;`],
  ['renderer/ui/planted.ts', `document.body.innerHTML = '';`],
  ['main/host/planted.ts', `import { execSync } from 'node:child_process'; execSync('ls');`],
  [
    'main/host/planted.ts',
    `import { spawn } from 'node:child_process'; spawn('a', { shell: true });`,
  ],
  ['main/electron/planted.ts', `import { shell } from 'electron'; void shell.openExternal('x:');`],
  [
    'main/electron/planted.ts',
    `import { ipcRenderer } from 'electron'; ipcRenderer.send('x');`,
    '@typescript-eslint/no-restricted-imports',
  ],
  [
    'main/host/planted.ts',
    `import { BrowserWindow } from 'electron'; new BrowserWindow();`,
    '@typescript-eslint/no-restricted-imports',
  ],
  [
    'main/electron/planted.ts',
    `import { initialize } from '@electron/remote'; initialize();`,
    '@typescript-eslint/no-restricted-imports',
  ],
  ['main/host/planted.ts', `export enum Colour { Red }`],
  ['main/host/planted.ts', `export * from './other.ts';`],
])('in %s this is refused: %s', async (path, text, rule = 'no-restricted-syntax') => {
  expect(await rulesBroken(path, text)).toContain(rule);
});

test('links leave the app through one file', async () => {
  const text = `import type { Shell } from 'electron';
    export const open = (shell: Shell) => shell.openExternal('https://example.org');`;
  expect(await rulesBroken('main/electron/external-links.ts', text)).toEqual([]);
});
