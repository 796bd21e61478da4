import { expect, test } from 'vitest';

import type { HostCall, Subscription } from '../../main/contract/host-api.ts';
import { IPC_CALL } from '../../main/contract/wire.ts';
import { createBridge } from '../../main/electron/bridge.ts';
import type { ElectronApi } from '../../main/electron/electron-api.ts';
import { bindIpc } from '../../main/electron/ipc.ts';
import { FakeContents, FakeIpcMain } from '../electron/fake-electron.ts';
import { bindingSuite } from './binding.suite.ts';
import { FakeHost } from './fake-host.ts';

function bind(
  host: FakeHost,
  log: (line: string) => void,
  broken: (sentence: string) => void = () => undefined,
): FakeIpcMain {
  const ipcMain = new FakeIpcMain();
  bindIpc(ipcMain as unknown as ElectronApi['ipcMain'], host.service, { log, broken });
  return ipcMain;
}

bindingSuite('the IPC binding', async (host, log) => {
  const ipcMain = bind(host, log);
  return {
    connect: async () => {
      const contents = new FakeContents();
      const bridge = createBridge(contents.ipcRenderer(ipcMain));
      return {
        // The page is not trusted to keep to the types.
        call: (name, request) => bridge.call(name as HostCall, request),
        subscribe: (subscription, listener) =>
          bridge.subscribe(subscription as Subscription, listener),
        close: async () => contents.destroy(),
      };
    },
    close: async () => undefined,
  };
});

test.each([
  ['a page of another origin', { origin: 'https://evil.example' }, 'stops the app'],
  ['a page from the disk', { origin: 'file://' }, 'stops the app'],
  ['the developer tools', { origin: 'devtools://devtools' }, 'stops the app'],
  ['a frame that is gone', null, 'is all'],
  ['a frame inside the page, even of the same origin', { origin: 'app://raftdeck' }, 'is all'],
])('%s is refused and logged, and that %3$s', async (_name, frame, what) => {
  const host = new FakeHost();
  const lines: string[] = [];
  const broken: string[] = [];
  const ipcMain = bind(
    host,
    (line) => lines.push(line),
    (sentence) => broken.push(sentence),
  );
  const bridge = createBridge(new FakeContents().ipcRenderer(ipcMain, frame));
  const result = await bridge.call('startCluster', { clusterId: 'c1' });
  expect(result).toMatchObject({ ok: false, error: { code: 'E_SENDER' } });
  bridge.subscribe({ topic: 'clusters' }, () => undefined);
  expect([host.calls.length, host.subscriptions, lines.length]).toEqual([0, 0, 2]);
  // Where the sender is another site, something has let it in.
  const site = `A page of ${String(frame?.origin)} has sent the app a message.`;
  expect(broken).toEqual(what === 'is all' ? [] : [site, site]);
});

test('a page that is loaded anew leaves nothing behind', async () => {
  const host = new FakeHost();
  const contents = new FakeContents();
  const bridge = createBridge(contents.ipcRenderer(bind(host, () => undefined)));
  for (let reload = 0; reload < 3; reload += 1) {
    bridge.subscribe({ topic: 'clusters' }, () => undefined);
    expect(host.subscriptions).toBe(1);
    contents.emit('did-navigate', {}, 'app://raftdeck/');
    expect(host.subscriptions).toBe(0);
  }
  expect(contents.eventNames()).toEqual([]);
});

test('there is one channel for calls, and no other can be invoked', async () => {
  const host = new FakeHost();
  const ipcMain = bind(host, () => undefined);
  expect([...ipcMain.handlers.keys()]).toEqual([IPC_CALL]);
  const ipc = new FakeContents().ipcRenderer(ipcMain);
  await expect(ipc.invoke('raftdeck:anything')).rejects.toThrow('No handler');
});

test('what cannot be cloned is refused before it leaves the page', async () => {
  const host = new FakeHost();
  const ipcMain = bind(host, () => undefined);
  const bridge = createBridge(new FakeContents().ipcRenderer(ipcMain));
  for (const request of [{ clusterId: () => 'c1' }, new Proxy({}, {}), { nested: Symbol('x') }]) {
    const result = await bridge.call('startCluster', request);
    expect(result).toMatchObject({ ok: false, error: { code: 'E_ARGS', field: 'request' } });
  }
  const cyclic: Record<string, unknown> = {};
  cyclic['clusterId'] = cyclic;
  const result = await bridge.call('startCluster', cyclic);
  expect(result).toMatchObject({ ok: false, error: { code: 'E_ARGS', field: 'clusterId' } });
  expect(host.calls).toEqual([]);
});

test('a page that is loaded anew begins without the subscriptions of the one before', () => {
  const host = new FakeHost();
  const ipcMain = bind(host, () => undefined);
  const contents = new FakeContents();
  createBridge(contents.ipcRenderer(ipcMain)).subscribe({ topic: 'clusters' }, () => undefined);
  expect(host.subscriptions).toBe(1);
  contents.emit('did-navigate');
  expect(host.subscriptions).toBe(0);
  createBridge(contents.ipcRenderer(ipcMain)).subscribe({ topic: 'clusters' }, () => undefined);
  expect(host.subscriptions).toBe(1);
  contents.emit('render-process-gone');
  expect(host.subscriptions).toBe(0);
});
