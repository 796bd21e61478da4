import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

import { startWebServer } from '../../main/web/web-server.ts';
import { FakeHost } from '../contract/fake-host.ts';
import { requireTool } from '../require-tool.ts';
import { enter, TEST_FILES } from './web-client.ts';

const run = promisify(execFile);
/** The user nobody, on every Linux. */
const NOBODY = '65534';

/** What a client prints that asks for the page with these headers: the status of the answer. */
const CLIENT = `
  const [port, path, cookie] = process.argv.slice(1);
  const headers = { host: '127.0.0.1:' + port, cookie };
  require('node:http')
    .get({ host: '127.0.0.1', port, path, headers }, (response) => {
      console.log(response.statusCode);
      response.resume();
    });
`;

test('another user of the machine is turned away, with a link and with a cookie', async (context) => {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (!isRoot)
    return context.skip('only root can act as another user, and only Linux tells them apart');
  const setpriv = requireTool('setpriv', context);
  const server = await startWebServer({
    host: new FakeHost().service,
    files: TEST_FILES,
    port: 0,
    log: () => undefined,
  });
  const ask = async (user: string, path: string, cookie: string): Promise<string> => {
    const who = ['--reuid', user, '--regid', user, '--clear-groups'];
    const client = [process.execPath, '-e', CLIENT, String(server.port), path, cookie];
    return (await run(setpriv, [...who, ...client], { timeout: 20_000 })).stdout.trim();
  };
  try {
    const cookie = (await enter(server.port, server.newLink())) ?? '';
    expect(await ask('0', '/', cookie)).toBe('200');
    expect(await ask(NOBODY, '/', cookie)).toBe('403');
    const { pathname, search } = new URL(server.newLink());
    expect(await ask(NOBODY, `${pathname}${search}`, '')).toBe('403');
    // Nor is the link used up by that.
    expect(await ask('0', `${pathname}${search}`, '')).toBe('200');
  } finally {
    await server.close();
  }
});
