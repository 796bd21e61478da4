import { expect, type Page } from '@playwright/test';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServedApp } from './served-app.ts';

/** Finds a command in the palette and runs it, by keyboard alone. */
export async function runCommand(page: Page, words: string): Promise<void> {
  // A key pressed while a sheet is still closing is that sheet's.
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+K');
  const field = page.getByRole('combobox', { name: 'Find a command' });
  await expect(field).toBeFocused();
  await field.fill(words);
  const found = page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
  await expect(found.first()).toContainText(words);
  await page.keyboard.press('Enter');
}

/** Saves all of the recording of the cluster on the screen; the file's path. */
export async function saveRecording(page: Page): Promise<string> {
  await runCommand(page, 'Save the recording');
  const dialog = page.getByRole('dialog', { name: 'Save the recording' });
  await expect(dialog).toContainText('It does not hold');
  await dialog.getByText('All of it').click();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save the recording' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/^local-1-[0-9TZ-]+\.raftdeck-recording$/);
  await expect(dialog).toBeHidden();
  return saved.path();
}

/** Opens a file by the palette; what comes of it is the page's to say. */
export async function openRecordingFile(
  page: Page,
  file: string | { readonly name: string; readonly mimeType: string; readonly buffer: Buffer },
): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await runCommand(page, 'Open a recording');
  await (await chooser).setFiles(file);
}

/** Half of a file is refused, and says so. */
export async function expectHalfRefused(page: Page, path: string): Promise<void> {
  const whole = await readFile(path);
  const buffer = whole.subarray(0, whole.length / 2);
  const name = 'half.raftdeck-recording';
  await openRecordingFile(page, { name, mimeType: 'application/octet-stream', buffer });
  const said = page.getByRole('alert').filter({ hasText: name });
  await expect(said).toContainText('was not opened. It is cut short: its end is missing.');
  await said.getByRole('button', { name: 'Dismiss' }).click();
}

/** Deletes the cluster on the screen, for good. */
export async function deleteCluster(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+1');
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: /^Delete/ }).click();
  await expect(page.getByText('No clusters yet.')).toBeVisible({ timeout: 20_000 });
}

/** Closes the recording on the screen; nothing of its copy is left. */
export async function closeRecording(page: Page, live: ServedApp): Promise<void> {
  await runCommand(page, 'Close this recording');
  await expect(page.getByRole('heading', { name: 'Clusters', exact: true })).toBeVisible();
  await expect.poll(() => readdir(join(live.home, 'recordings'))).toEqual([]);
}
