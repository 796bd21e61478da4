import { expect, type Page } from '@playwright/test';

import { isErrorReply } from '../../node-engine/client/reply-text.ts';
import { RespClient } from '../../node-engine/client/resp-client.ts';
import { textOf } from '../cluster/local-cluster.ts';
import {
  ask,
  createCluster,
  freePorts,
  leaderName,
  openCluster,
  portOf,
  ringNode,
  test,
  untilHealthy,
} from './live-window.ts';
import { ShellWindow } from './shell-window.ts';

/* What is lost with the window, and with the host: nothing but the window and the host. */

const NAMES = ['node-1', 'node-2', 'node-3'];

/** A client that writes one key after another, wherever the leader is, for as long as the test lasts. */
class Writer {
  #done = 0;
  #last = 'nothing was answered';
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(address: string) {
    this.#ended = this.#write(address);
  }

  /** Waits for so many more writes that were acknowledged. */
  async more(count: number): Promise<void> {
    const target = this.#done + count;
    const progress = (): string => (this.#done >= target ? 'there' : this.#last);
    await expect.poll(progress).toBe('there');
  }

  /** How many writes were acknowledged in all. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#ended;
    return this.#done;
  }

  async #write(first: string): Promise<void> {
    let client = await RespClient.connect({ address: first });
    while (!this.#stopped) {
      const reply = await client.call(['SET', `key-${String(this.#done)}`, 'value']);
      this.#last = textOf(reply);
      const moved = /^-MOVED \d+ (\S+)$/.exec(this.#last)?.[1];
      if (this.#last === 'OK') this.#done += 1;
      else if (moved !== undefined) {
        // A busy machine may make another node lead; that the cluster serves is what counts.
        client.close();
        client = await RespClient.connect({ address: moved });
      } else await new Promise((resolve) => setTimeout(resolve, 50));
    }
    client.close();
  }
}

test('writes go on while the page and then the host are killed, faults end by lease, and the next host is there again', async ({
  page,
  live,
}, { workerIndex }) => {
  const basePort = await openCluster(page, live, workerIndex);
  const leader = await leaderName(page);
  const [lost = '', late = ''] = NAMES.filter((name) => name !== leader);
  const place = new URL(page.url());
  const address = `127.0.0.1:${String(portOf(basePort, leader))}`;
  const control = await RespClient.connect({ address });
  const writer = new Writer(address);
  try {
    // Two faults that leave a quorum: one follower hears nothing more, the other is late.
    const links: readonly (readonly string[])[] = [
      [lost.replace('node-', ''), 'OUT', 'CUT'],
      [late.replace('node-', ''), 'OUT', 'DELAY', '5'],
    ];
    const faults: string[] = [];
    for (const link of links) {
      faults.push(await fault(control, link));
    }
    await expect(page.getByRole('banner')).toContainText('2 faults');
    await writer.more(20);

    await crash(page);
    await writer.more(20);
    const second = await page.context().newPage();
    await second.goto(place.href);
    await expect(second.getByRole('banner')).toContainText('2 faults');

    await live.kill();
    await writer.more(20);
    for (const fault of faults) {
      await control.call(['RAFT', 'FAULT', 'EXTEND', fault, 'LEASE', '500']);
    }
    await expect.poll(() => control.call(['RAFT', 'FAULT', 'LIST'])).toEqual([]);

    const next = await live.again();
    await second.goto(next);
    await second.waitForURL(({ search }) => search === '');
    await second.goto(new URL(`/${place.hash}`, next).href);
    await untilHealthy(second);
    await ringNode(second, leader).click();
    const status = textOf(await control.call(['RAFT', 'STATUS']));
    const { pid } = JSON.parse(status) as { readonly pid: number };
    await expect(second.getByRole('complementary', { name: 'Inspector' })).toContainText(
      `pid ${String(pid)}`,
    );
    await writer.more(20);
  } finally {
    control.close();
    await writer.stop();
  }
});

test('in the app’s own window writes go on while its page is killed; when the app itself has died, the next start brings the nodes back and says so', async ({
  context,
}, { workerIndex }) => {
  const app = new ShellWindow();
  let writer: Writer | null = null;
  let control: RespClient | null = null;
  try {
    await app.start();
    const first = await context.newPage();
    await app.show(first);
    const basePort = await freePorts(workerIndex);
    await createCluster(first, basePort);
    const { hash } = new URL(first.url());
    const leader = await leaderName(first);
    const address = `127.0.0.1:${String(portOf(basePort, leader))}`;
    control = await RespClient.connect({ address });
    writer = new Writer(address);
    const [lost = '', late = ''] = NAMES.filter((name) => name !== leader);
    for (const link of [
      [lost.replace('node-', ''), 'OUT', 'CUT'],
      [late.replace('node-', ''), 'OUT', 'DELAY', '5'],
    ]) {
      await fault(control, link);
    }
    await expect(first.getByRole('banner')).toContainText('2 faults');
    await writer.more(20);

    await crash(first);
    app.window.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    expect(app.window.webContents.reloads).toBe(1);
    await writer.more(20);
    const second = await context.newPage();
    await app.show(second, hash);
    await expect(second.getByRole('banner')).toContainText('2 faults');
    await control.call(['RAFT', 'FAULT', 'HEAL']);
    await untilHealthy(second);
    await writer.more(20);
    const written = await writer.stop();
    control.close();
    await second.close();

    const clusterId = /^#\/overview\/([^/?]+)/.exec(hash)?.[1] ?? '';
    await app.die(clusterId);
    await app.start();
    const third = await context.newPage();
    await app.show(third, hash);
    await expect(third.getByText('Restarted 3 nodes from disk')).toBeVisible();
    await untilHealthy(third);
    const next = portOf(basePort, await leaderName(third));
    const size = await ask(next, 'DBSIZE');
    expect(Number(size.slice(1))).toBeGreaterThanOrEqual(written);
  } finally {
    control?.close();
    await writer?.stop();
    await app.stop();
  }
});

/** Breaks a link of a node for longer than the test lasts; the fault's name. */
async function fault(node: RespClient, link: readonly string[]): Promise<string> {
  const reply = await node.call(['RAFT', 'FAULT', 'LINK', ...link, 'LEASE', '600000']);
  if (isErrorReply(reply)) throw new Error(reply.text);
  return textOf(reply);
}

/** Ends the process that runs the page. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  page.goto('chrome://crash').catch(() => undefined);
  await crashed;
}
