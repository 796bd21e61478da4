import { expect, test } from 'vitest';

import type { Client } from '../../node-engine/node/client.ts';
import { commandText } from '../../node-engine/node/command-text.ts';
import { Monitors } from '../../node-engine/node/monitors.ts';
import type { Reply } from '../../node-engine/resp/value.ts';

/** A client that takes messages, or does not. */
class FakeClient {
  readonly remoteAddress: string;
  readonly seen: string[] = [];
  reads = true;
  closed: () => void = () => undefined;

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }

  send(message: Reply): boolean {
    if (this.reads && typeof message === 'object' && message !== null && 'text' in message) {
      this.seen.push(message.text.replace(/^\d{10}\.\d{6} /, ''));
    }
    return this.reads;
  }

  onClosed(listener: () => void): void {
    this.closed = listener;
  }
}

function args(...words: readonly string[]): readonly Uint8Array[] {
  return words.map((word) => Buffer.from(word, 'latin1'));
}

test('U11 a monitor that does not read loses lines, is told how many, and holds nobody up', () => {
  const monitors = new Monitors();
  const [slow, quick, sender] = ['h:1', 'h:2', 'h:3'].map((address) => new FakeClient(address));
  if (slow === undefined || quick === undefined || sender === undefined) throw new Error();
  for (const client of [slow, quick]) monitors.add(client as unknown as Client);
  const from = sender as unknown as Client;
  slow.reads = false;
  for (let at = 0; at < 100; at += 1) monitors.saw(from, 'get', args('GET', String(at)));
  expect(quick.seen).toHaveLength(100);
  slow.reads = true;
  monitors.saw(from, 'get', args('GET', 'last'));
  expect(slow.seen).toEqual(['[0 raftdeck] "lost" "100"', '[0 h:3] "get" "last"']);
  slow.closed();
  monitors.remove(quick as unknown as Client);
  expect(monitors.count).toBe(0);
});

test('what may hold a password, and what the cluster says to itself, is shown to nobody', () => {
  const monitors = new Monitors();
  const client = new FakeClient('h:1');
  monitors.add(client as unknown as Client);
  for (const name of ['auth', 'hello', 'raft', 'raftaddpeer', 'cluster', 'machine', 'monitor']) {
    monitors.saw(client as unknown as Client, name, args(name, 'x'));
  }
  expect(client.seen).toEqual([]);
});

test('a line holds a whole command and no byte that ends it or steers a terminal', () => {
  expect(commandText('set', args('SET', 'a"b\\', '\r\n\t\x07\x1b\xff'))).toBe(
    String.raw`"set" "a\"b\\" "\r\n\t\a\x1b\xff"`,
  );
  expect(commandText('set', args('SET', 'x'.repeat(2_000)))).toMatch(
    /x"\.\.\. \(976 more bytes\)$/,
  );
});
