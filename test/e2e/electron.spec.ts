import { _electron, expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ClusterView } from '../../main/contract/model.ts';
import { DEFAULT_SETTINGS } from '../../main/contract/settings.ts';
import type { HostBridge } from '../../main/contract/wire.ts';
import { processEntry } from '../../main/host/process-table.ts';
import { testPorts } from '../host/test-port.ts';
import { requireTool } from '../require-tool.ts';
import { ROOT } from '../tidy/source-files.ts';

/* The app itself, where Electron's program is installed: the shell, the preload script and the host. */

let home: string;
let started: ElectronApplication | null = null;
let page: Page;

test.beforeEach(async () => {
  const executablePath = requireTool('electron', { skip: (why) => test.skip(true, why) });
  home = mkdtempSync(join(tmpdir(), 'raftdeck-electron-'));
  // Chromium's sandbox does not work for root; the sandbox of the page is asserted below all the same.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  started = await _electron.launch({ executablePath, args: [...asRoot, ROOT, '--home', home] });
  page = await started.firstWindow();
});

test.afterEach(async () => {
  // A test that was skipped has started nothing.
  if (started === null) return;
  // The last test has ended the app itself.
  await started.evaluate(({ app }) => app.exit(0)).catch(() => undefined);
  started = null;
  rmSync(home, { recursive: true, force: true });
});

function app(): ElectronApplication {
  if (started === null) throw new Error('the app was not started');
  return started;
}

test('the page has its own origin, the bridge, and nothing of Node', async () => {
  await expect(page).toHaveURL('app://raftdeck/');
  await expect(page).toHaveTitle(/Raftdeck/);
  const seen = await page.evaluate(() => ({
    globals: [typeof require, typeof process],
    bridge: Object.keys((window as unknown as { raftdeck: HostBridge }).raftdeck).sort(),
  }));
  expect(seen).toEqual({ globals: ['undefined', 'undefined'], bridge: ['call', 'subscribe'] });
});

test('the page cannot leave, open windows or reach the network', async () => {
  await page.evaluate(() => {
    window.open('https://evil.example/');
    window.location.href = 'https://evil.example/';
  });
  await expect(page).toHaveURL('app://raftdeck/');
  expect(app().windows()).toHaveLength(1);
  const reached = await page.evaluate(() =>
    fetch('https://evil.example/').then(
      () => true,
      () => false,
    ),
  );
  expect(reached).toBe(false);
});

test('what is copied in the window is on the clipboard', async () => {
  await app().evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.focus());
  await page.evaluate(() => navigator.clipboard.writeText('redis-cli -c -p 7481'));
  const text = await app().evaluate(({ clipboard }) => clipboard.readText());
  expect(text).toBe('redis-cli -c -p 7481');
});

test('Electron prints no security warning, and a window that the app did not make ends it', async () => {
  const warnings: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Electron Security Warning')) warnings.push(message.text());
  });
  await page.reload();
  await expect(page).toHaveTitle(/Raftdeck/);
  expect(warnings).toEqual([]);
  const closed = app().waitForEvent('close');
  // Nobody is there to press the button of the box.
  await app()
    .evaluate(({ BrowserWindow, dialog }) => {
      dialog.showErrorBox = () => undefined;
      return new BrowserWindow({ show: false }).id;
    })
    .catch(() => undefined);
  await closed;
});

test('three nodes become a cluster, and end with the app', async () => {
  const basePort = await testPorts(3);
  const view = await page.evaluate(async (port): Promise<ClusterView> => {
    const { raftdeck } = window as unknown as { raftdeck: HostBridge };
    const created = await raftdeck.call('createCluster', { nodes: 3, basePort: port });
    if (!created.ok) throw new Error(created.error.message);
    const { clusterId } = created.value as { readonly clusterId: string };
    return new Promise((resolve) => {
      raftdeck.subscribe({ topic: 'cluster', clusterId }, (payload) => {
        const seen = payload as ClusterView;
        if (seen.health.level === 'healthy' && seen.health.voters === 3) resolve(seen);
      });
    });
  }, basePort);
  const pids = view.nodes.map(({ pid }) => pid ?? 0);
  expect(pids.map((pid) => processEntry(pid)?.state)).toEqual(['running', 'running', 'running']);
  await page.evaluate(
    (settings) => {
      const { raftdeck } = window as unknown as { raftdeck: HostBridge };
      return raftdeck.call('setSettings', settings);
    },
    { ...DEFAULT_SETTINGS, quit: 'stop' },
  );
  const closed = app().waitForEvent('close');
  await app().evaluate(({ app: electronApp }) => electronApp.quit());
  await closed;
  await expect.poll(() => pids.filter((pid) => processEntry(pid)?.state === 'running')).toEqual([]);
});
