import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { processEntry } from '../../main/host/process-table.ts';
import { TestFolder } from '../cluster/local-cluster.ts';
import { RaftdeckProcess, until } from '../cluster/raftdeck-process.ts';
import { WindowClient } from '../web/window-client.ts';

const PORT = 24_650;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

test('the window is served to whoever has the link, once, and ends with the first signal', async () => {
  const serve = folder.start(['serve', '--port', String(PORT)]);
  const [, link = ''] = await serve.printed(/^ {2}(http:\/\/127\.0\.0\.1:24650\/\S+)\n/m, 60_000);
  const stranger = await fetch(`http://127.0.0.1:${PORT}/`);
  expect(stranger.status).toBe(401);
  const guest = await fetch(link, { redirect: 'manual' });
  expect(guest.headers.get('set-cookie')).toMatch(/HttpOnly/i);
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  serve.signal('SIGINT');
  expect(await serve.ended).toEqual({ code: 0, signal: null });
});

/** A machine whose node is too busy to end when it is asked to. */
const BUSY_MACHINE = `
import { defineMachine } from 'raftdeck';
process.prependListener('SIGTERM', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
});
export default defineMachine({
  name: 'busy', version: '1.0.0', initial: () => ({}), commands: {}, snapshot: 'json',
});
`;

test('with --stop-nodes a second signal ends a busy node too', async () => {
  const machine = join(folder.path, 'busy.mjs');
  writeFileSync(machine, BUSY_MACHINE);
  const serve = folder.start(['serve', '--port', String(PORT + 2), '--stop-nodes']);
  const [, link = ''] = await serve.printed(/^ {2}(http:\S+)\n/m, 60_000);
  const window = await WindowClient.enter(PORT + 2, link);
  const request = { nodes: 1, basePort: PORT + 3, machine };
  const { clusterId } = await window.call<{ clusterId: string }>('createCluster', request);
  const view = await window.until(clusterId, ({ health }) => health.level === 'healthy');
  const pid = view.nodes[0]?.pid ?? 0;
  const state = (): string => processEntry(pid)?.state ?? 'ended';
  try {
    serve.signal('SIGTERM');
    await serve.printed(/^stopping 1 node\n/m, 60_000);
    // Later than one request would be that came twice.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([serve.ending, state()]).toEqual([null, 'running']);
    serve.signal('SIGTERM');
    expect(await serve.ended).toEqual({ code: 1, signal: null });
    await until('the node has ended', 30_000, () => state() === 'ended');
  } finally {
    if (state() !== 'ended') process.kill(pid, 'SIGKILL');
  }
});

test('raftdeck alone serves the window where Electron cannot run, and says why', async (context) => {
  if (process.platform !== 'linux') context.skip('elsewhere a display is always there');
  const env = { DISPLAY: '', WAYLAND_DISPLAY: '', RAFTDECK_HOME: folder.home };
  const alone = new RaftdeckProcess([], { env });
  try {
    await alone.printed(/^ {2}http:\/\/127\.0\.0\.1:\d+\/\S+\n/m, 60_000);
    expect(alone.stderr).toMatch(/^raftdeck: web mode, because there is no display/);
  } finally {
    expect(await alone.stop()).toEqual({ code: 0, signal: null });
  }
});

test('a second one in the same home, and a port in use, are refused with the reason', async () => {
  const first = folder.start(['serve', '--port', '0']);
  await first.printed(/^ {2}http:/m, 60_000);
  const second = folder.start(['serve', '--port', '0']);
  expect((await second.ended).code).toBe(1);
  expect(second.stderr).toContain(`(PID ${first.pid}) uses ${folder.home}`);
  await first.stop();

  const taken = createServer();
  await new Promise<void>((resolve, reject) => {
    taken.once('error', reject);
    taken.listen(PORT + 1, '127.0.0.1', resolve);
  });
  try {
    const third = folder.start(['serve', '--port', String(PORT + 1)]);
    expect((await third.ended).code).toBe(1);
    expect(third.stderr).toMatch(
      new RegExp(`Port ${PORT + 1} is used by .+ \\(PID ${process.pid}\\)`),
    );
  } finally {
    taken.close();
  }
});

test.each([
  [['serve', '--port', '70000'], /invalid --port: 70000 is not a whole number from 0 to 65535/],
  [['serve', '--prot', '1'], /unknown flag --prot \(did you mean --port\?\)/],
  [['serve', 'now'], /'now' is not a flag/],
])('%j is bad usage', async (args, reason) => {
  const running = folder.start(args);
  expect([(await running.ended).code, running.stderr]).toEqual([2, expect.stringMatching(reason)]);
});
