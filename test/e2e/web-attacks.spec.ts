import { chromium, expect, test, type Browser, type Page } from '@playwright/test';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startWebServer, type WebServer } from '../../main/web/web-server.ts';
import { findBrowser } from '../browser.mjs';
import { FakeHost } from '../contract/fake-host.ts';
import { requireTool } from '../require-tool.ts';
import { TEST_FILES } from '../web/web-client.ts';

/*
 * What a malicious page can do to the served window, tried in a real browser that holds a valid session:
 * by another name for the same address (DNS rebinding), and from another port of the same address, which
 * browsers count as the same site, so that even a SameSite=Strict cookie is sent along.
 */

let browser: Browser | null = null;
let host: FakeHost;
let server: WebServer;
let attacker: Server;
let page: Page;

test.beforeEach(async () => {
  requireTool('chromium', { skip: (why) => test.skip(true, why) });
  const found = findBrowser();
  if ('missing' in found) throw new Error(found.missing);
  browser = await chromium.launch({
    executablePath: found.path,
    env: { ...(process.env as Record<string, string>), ...found.env },
    args: ['--host-resolver-rules=MAP evil.test 127.0.0.1'],
  });
  host = new FakeHost();
  server = await startWebServer({
    host: host.service,
    files: TEST_FILES,
    port: 0,
    log: () => undefined,
  });
  attacker = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>evil</title><body></body>');
  });
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
  page = await browser.newPage();
  await page.goto(server.newLink());
  await page.waitForURL(`http://127.0.0.1:${String(server.port)}/`);
  await expect(page.locator('body')).toContainText('the page');
});

test.afterEach(async () => {
  // A test that was skipped has started nothing.
  if (browser === null) return;
  await browser.close();
  browser = null;
  attacker.close();
  await server.close();
});

const target = (): string => `http://127.0.0.1:${String(server.port)}`;

test('another name for the same address is refused', async () => {
  const answer = await page.goto(`http://evil.test:${String(server.port)}/`);
  expect(answer?.status()).toBe(403);
  const socket = await page.evaluate(opensSocket, `ws://evil.test:${String(server.port)}/socket`);
  expect(socket).toBe('closed');
});

test('a page on another port reads nothing, calls nothing and frames nothing', async () => {
  const { port } = attacker.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${String(port)}/`);
  const outcomes = await page.evaluate(attack, target());
  expect(outcomes).toEqual({
    'cors GET': 'failed',
    'cors GET with cookies': 'failed',
    'cors POST': 'failed',
    'cors POST of JSON': 'failed',
    'cors PUT': 'failed',
    'no-cors GET': 'failed',
    'no-cors POST of text': 'failed',
    'no-cors POST of a form': 'failed',
    script: 'failed',
    style: 'failed',
    image: 'failed',
  });
  const socket = `${target().replace('http', 'ws')}/socket`;
  expect(await page.evaluate(opensSocket, socket)).toBe('closed');

  await page.setContent(`<iframe src="${target()}/"></iframe>`);
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame());
  // The browser's own page for an answer that forbids to be framed.
  await expect.poll(() => frame?.url()).toBe('chrome-error://chromewebdata/');

  await page.setContent(
    `<form method="post" action="${target()}/" enctype="text/plain"><input name='{"id":1,"call":"appInfo","request":{}, "x":"' value='"}'></form>`,
  );
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === `${target()}/`),
    page.evaluate('document.forms[0].submit()'),
  ]);
  expect(answer.status()).toBe(403);
  expect(host.calls).toEqual([]);
  expect(host.subscriptions).toBe(0);
});

test('the window itself is let in', async () => {
  const socket = `${target().replace('http', 'ws')}/socket`;
  expect(await page.evaluate(opensSocket, socket)).toBe('open');
});

/** Runs in the page. */
function opensSocket(url: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve('open');
    socket.onclose = () => resolve('closed');
  });
}

/** Runs in the attacker's page: everything that a page can send without asking. */
async function attack(url: string): Promise<Record<string, string>> {
  const outcome = async (request: Promise<unknown>): Promise<string> =>
    request.then(
      () => 'done',
      () => 'failed',
    );
  const json = { 'Content-Type': 'application/json' };
  const load = (tag: 'script' | 'img' | 'link', path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const element = document.createElement(tag);
      element.onload = resolve;
      element.onerror = reject;
      if (element instanceof HTMLLinkElement) {
        element.rel = 'stylesheet';
        element.href = url + path;
      } else {
        element.src = url + path;
      }
      document.body.append(element);
    });
  const credentials = 'include';
  const form = new URLSearchParams({ call: 'stopCluster' });
  return {
    'cors GET': await outcome(fetch(`${url}/`)),
    'cors GET with cookies': await outcome(fetch(`${url}/`, { credentials })),
    'cors POST': await outcome(fetch(`${url}/`, { method: 'POST', body: 'x', credentials })),
    'cors POST of JSON': await outcome(
      fetch(`${url}/`, { method: 'POST', body: '{}', headers: json, credentials }),
    ),
    'cors PUT': await outcome(fetch(`${url}/`, { method: 'PUT', body: 'x', credentials })),
    'no-cors GET': await outcome(fetch(`${url}/`, { mode: 'no-cors', credentials })),
    'no-cors POST of text': await outcome(
      fetch(`${url}/`, {
        method: 'POST',
        mode: 'no-cors',
        body: '*1\r\n$4\r\nPING\r\n',
        credentials,
      }),
    ),
    'no-cors POST of a form': await outcome(
      fetch(`${url}/socket`, { method: 'POST', mode: 'no-cors', body: form, credentials }),
    ),
    script: await outcome(load('script', '/assets/main.js')),
    style: await outcome(load('link', '/assets/main.js')),
    image: await outcome(load('img', '/index.html')),
  };
}
