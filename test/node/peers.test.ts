import { afterEach, expect, it } from 'vitest';
import type { Node } from '../../node-engine/node/node.ts';
import type { NodeOptions } from '../../node-engine/node/node-options.ts';
import { Peers } from '../../node-engine/node/peers.ts';
import { RealClock } from '../../node-engine/node/real-clock.ts';

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';

let peers: Peers | null = null;

afterEach(() => {
  peers?.close();
});

function makePeers(): Peers {
  const options = { id: '1', secret: Buffer.from('secret'), dial: new Map(), log: () => undefined };
  peers = new Peers(options as unknown as NodeOptions, null, null, new RealClock());
  return peers;
}

function founder(): Node {
  const settings = { peerAddress: '127.0.0.1:7481', clientAddress: '127.0.0.1:7481' };
  const node = { settings, clusterId: () => 'c'.repeat(32), note: () => undefined };
  return node as unknown as Node;
}

it('asks who is at an address as soon as the node has a name to give, and not before', async () => {
  const opened = makePeers();
  const heard: unknown[] = [];
  const asked = opened.probe(NOBODY).catch((error: unknown) => heard.push(String(error)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([]);
  opened.open(founder());
  await asked;
  expect(heard).toEqual([expect.stringContaining('connection refused')]);
});

it('asks nobody when it is closed before', async () => {
  const closed = makePeers();
  const asked = closed.probe(NOBODY);
  closed.close();
  await expect(asked).rejects.toThrow('this node is shutting down');
});
