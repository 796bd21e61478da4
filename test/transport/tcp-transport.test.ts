import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { encodeFrame } from '../../node-engine/transport/frame.ts';
import {
  acceptorProof,
  decodeHello,
  diallerProof,
  encodeAnswer,
  encodeHello,
  decodeAnswer,
  type HelloRequest,
  makeNonce,
} from '../../node-engine/transport/hello.ts';
import { FRAME_LIMITS } from '../../node-engine/transport/limits.ts';
import type { JoinOffer } from '../../node-engine/transport/admission.ts';
import { arrayForm } from '../resp/request-stream.ts';
import { RawClient, until } from '../server/raw-client.ts';
import { heartbeat, runOfBytes } from './messages.ts';
import { SECRET, TestNode } from './test-node.ts';

const disposals: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

async function start(...args: Parameters<typeof TestNode.start>): Promise<TestNode> {
  const node = await TestNode.start(...args);
  disposals.push(() => node.stop());
  return node;
}

async function startPair(): Promise<[TestNode, TestNode]> {
  const [one, two] = [await start('1'), await start('2')];
  one.transport.setPeers([one.member(), two.member()]);
  two.transport.setPeers([one.member(), two.member()]);
  await until(() => one.link('2')?.connected === true && two.link('1')?.connected === true);
  return [one, two];
}

function rounds(messages: readonly Message[]): readonly number[] {
  return messages.map((message) => ('readRound' in message ? message.readRound : -1));
}

const ANSWER: Message = {
  type: 'ReadIndexResponse',
  from: '2',
  to: '1',
  term: 5,
  readId: 1,
  ok: true,
  readIndex: 9,
};

describe('messages', () => {
  test('arrive in order, both ways, and are counted', async () => {
    const [one, two] = await startPair();
    for (let round = 0; round < 500; round++) one.transport.send(heartbeat(round));
    two.transport.send(ANSWER);
    await until(() => two.received.length === 500 && one.received.length === 1);
    expect(rounds(two.received)).toEqual(Array.from({ length: 500 }, (_, round) => round));
    expect(one.received).toEqual([ANSWER]);
    expect(one.link('2')).toMatchObject({
      id: '2',
      connected: true,
      lastError: null,
      sentMessages: 500,
      receivedMessages: 1,
      droppedMessages: 0,
    });
    expect(one.links).toEqual(['2 true ']);
  });

  test('that are the same again and again arrive as often as they were sent', async () => {
    const [one, two] = await startPair();
    const sent = [1, 1, 1, 2, 2, 1, 1, 3, 3, 3].map((round) => heartbeat(round));
    for (const [position, message] of sent.entries()) {
      one.transport.send(message);
      // Each in a chunk of its own, as an idle leader sends them.
      await until(() => two.received.length === position + 1);
    }
    expect(two.received).toEqual(sent);
    expect(one.link('2')).toMatchObject({ sentMessages: sent.length, droppedMessages: 0 });
  });

  test('of many megabytes arrive whole', async () => {
    const [one, two] = await startPair();
    const sizes = [0, 1, 4095, 4096, 70_000, 5_000_000, 20_000_000];
    for (const size of sizes) one.transport.send(heartbeat(size, [runOfBytes(size)]));
    await until(() => two.received.length === sizes.length);
    for (const [position, message] of two.received.entries()) {
      const [run] = message.type === 'AppendEntriesRequest' ? message.runs : [];
      expect(run?.bytes.length).toBe(sizes[position]);
      expect(run?.bytes.every((byte) => byte === 7)).toBe(true);
    }
  });

  test('go on while a large one is on its way', async () => {
    const [one, two] = await startPair();
    one.transport.send(heartbeat(1, [runOfBytes(60_000_000)]));
    one.transport.send({ type: 'TimeoutNow', from: '1', to: '2', term: 5 });
    await until(() => two.received.length === 2);
    expect(two.received.map((message) => message.type)).toEqual([
      'TimeoutNow',
      'AppendEntriesRequest',
    ]);
    expect(one.link('2')).toMatchObject({ sentMessages: 2, droppedMessages: 0 });
  });

  test('to a peer without a link, or to a stranger, are lost and counted', async () => {
    const one = await start('1');
    const two = await start('2');
    one.transport.setPeers([two.member()]);
    one.transport.send(heartbeat(1));
    one.transport.send({ ...heartbeat(2), to: 'nobody' });
    expect(one.link('2')?.droppedMessages).toBe(1);
    await until(() => one.link('2')?.connected === true);
    one.transport.send(heartbeat(3));
    await until(() => two.received.length > 0);
    expect(rounds(two.received)).toEqual([3]);
  });

  test('clients use the same port meanwhile', async () => {
    const [one] = await startPair();
    const client = await RawClient.open(one.port);
    client.send(arrayForm(['PING']));
    expect(await client.receive(14)).toBe('$8\r\na client\r\n');
    client.close();
  });
});

describe('links', () => {
  test('come back by themselves after the peer was away', async () => {
    const [one, two] = await startPair();
    const { port } = two;
    await two.stop();
    await until(() => one.link('2')?.connected === false);
    expect(one.link('2')?.lastError).not.toBeNull();
    await until(() => one.link('2')?.lastError === 'connection refused');
    const again = await start('2', { port });
    again.transport.setPeers([one.member()]);
    await until(() => one.link('2')?.connected === true);
    one.transport.send(heartbeat(7));
    await until(() => again.received.length === 1);
    expect(one.link('2')?.lastError).toBeNull();
  });

  test('a peer that dials us is dialled back at once, however long the pause', async () => {
    const slow = { backOffMinMs: 60_000, backOffMaxMs: 60_000 };
    const one = await start('1', { limits: slow });
    const two = await start('2');
    const { port } = two;
    const member = two.member();
    await two.stop();
    one.transport.setPeers([member]);
    await until(() => one.link('2')?.lastError === 'connection refused');
    const again = await start('2', { port });
    again.transport.setPeers([one.member()]);
    await until(() => one.link('2')?.connected === true);
  });

  test('to those who are no peers any more are closed', async () => {
    const [one, two] = await startPair();
    one.transport.setPeers([]);
    expect(one.transport.links()).toEqual([]);
    one.transport.send(heartbeat(1));
    await until(() => two.notices.some((notice) => notice.kind === 'peer-disconnected'));
    expect(two.received).toEqual([]);
  });

  test('follow a peer to another address', async () => {
    const [one, two] = await startPair();
    const moved = await start('2');
    one.transport.setPeers([moved.member()]);
    await until(() => moved.notices.length > 0 && one.link('2')?.connected === true);
    one.transport.send(heartbeat(4));
    await until(() => moved.received.length === 1);
    expect(two.received).toEqual([]);
  });

  test('lead back to a caller that is no member, for as long as it is there', async () => {
    const [leader, joiner] = [await start('2'), await start('1')];
    leader.transport.setPeers([joiner.member(false)]);
    await until(() => joiner.link('2')?.connected === true);
    joiner.transport.send(heartbeat(1));
    await until(() => leader.received.length === 1);
    // It has not heard yet who the members are: that must not cut off its answers.
    joiner.transport.setPeers([]);
    expect(joiner.link('2')?.connected).toBe(true);
    await leader.stop();
    await until(() => joiner.transport.links().length === 0);
  });

  test('to a caller stay when it turns out to be a member', async () => {
    const [leader, joiner] = [await start('2'), await start('1')];
    leader.transport.setPeers([joiner.member(false)]);
    await until(() => joiner.link('2')?.connected === true);
    joiner.transport.setPeers([leader.member()]);
    await leader.stop();
    await until(() => joiner.link('2')?.connected === false);
    expect(joiner.links.slice(0, 2)).toEqual(['2 true ', expect.stringMatching(/^2 false /)]);
  });

  test('are dialled where --dial says', async () => {
    const two = await start('2');
    const one = await start('1', { dial: new Map([['2', two.identity.peerAddress]]) });
    one.transport.setPeers([{ id: '2', peerAddress: 'unreachable.invalid:1', voter: true }]);
    await until(() => one.link('2')?.connected === true);
  });

  test('an address that is none is a reason, not an exception', async () => {
    const one = await start('1');
    one.transport.setPeers([{ id: '2', peerAddress: 'nonsense', voter: true }]);
    await until(() => one.link('2')?.lastError === "'nonsense' is not a host:port");
    expect(one.links).toEqual(["2 false 'nonsense' is not a host:port"]);
  });
});

describe('who is let in', () => {
  /**
   * Starts a node that dials `peer` as it believes it to be, and returns the reason it is given.
   */
  async function reasonFor(
    dialler: TestNode,
    peer: { readonly id: string; readonly peerAddress: string; readonly voter: boolean },
  ): Promise<string | null | undefined> {
    dialler.transport.setPeers([peer]);
    await until(() => typeof dialler.link(peer.id)?.lastError === 'string');
    expect(dialler.link(peer.id)?.connected).toBe(false);
    return dialler.link(peer.id)?.lastError;
  }

  test('nobody with another secret', async () => {
    const two = await start('2');
    const one = await start('1', { secret: Buffer.from('another') });
    expect(await reasonFor(one, two.member())).toBe('the cluster secret is not the same');
    await until(() => two.notices.length > 0);
    expect(two.notices[0]).toMatchObject({ kind: 'peer-refused', peer: null });
  });

  test('nobody of another cluster', async () => {
    const two = await start('2', { clusterId: 'other' });
    const one = await start('1');
    expect(await reasonFor(one, two.member())).toBe(
      'this node belongs to cluster other, not cluster-1',
    );
  });

  test('nobody who expects another node', async () => {
    const two = await start('2');
    const one = await start('1');
    expect(await reasonFor(one, { ...two.member(), id: '3' })).toBe('this is node 2, not node 3');
  });

  test('nobody with our own id', async () => {
    const two = await start('2');
    const twin = await start('2');
    // A node never dials its own id by itself; this one is made to.
    const hello = await sayHello(twin.identity, two, { targetId: '2' });
    expect(hello).toBe('both sides say they are node 2');
  });

  test('nobody with the id of a peer that is here, from another address', async () => {
    const [one, two] = await startPair();
    const twin = await start('1');
    expect(await reasonFor(twin, two.member())).toBe(
      `node 1 is already connected from ${one.identity.peerAddress}`,
    );
    expect(one.link('2')?.connected).toBe(true);
  });

  test('nobody who speaks only protocols to come', async () => {
    const two = await start('2');
    const one = await start('1');
    const answer = await sayHello(one.identity, two, { protocolMin: 7, protocolMax: 9 });
    expect(answer).toBe('protocol versions 7 to 9, here 1 to 1');
  });

  test('nobody who is in no cluster itself', async () => {
    const two = await start('2');
    const waiting = await start('3', { clusterId: '' });
    expect(await sayHello(waiting.identity, two, {})).toBe(
      'the dialling node is in no cluster yet',
    );
  });

  test('no acceptor that cannot prove itself', async () => {
    const port = await impostor((hello, nonce) => ({
      welcome: { clusterId: 'cluster-1', nodeId: '2', peerAddress: 'a:1', clientAddress: 'a:1' },
      secret: Buffer.from(`not the secret ${hello.targetId} ${nonce.length}`),
    }));
    const one = await start('1');
    const peer = { id: '2', peerAddress: `127.0.0.1:${port}`, voter: true };
    expect(await reasonFor(one, peer)).toBe('the other side does not know the cluster secret');
  });

  test('no acceptor of another name or cluster, even one that knows the secret', async () => {
    const other = { clusterId: 'cluster-1', nodeId: '9', peerAddress: 'a:1', clientAddress: 'a:1' };
    const one = await start('1');
    const wrongNode = await impostor(() => ({ welcome: other, secret: SECRET }));
    expect(
      await reasonFor(one, { id: '2', peerAddress: `127.0.0.1:${wrongNode}`, voter: true }),
    ).toBe('it is node 9, not node 2');
    const wrongCluster = await impostor(() => ({
      welcome: { ...other, nodeId: '3', clusterId: 'c9' },
      secret: SECRET,
    }));
    expect(
      await reasonFor(one, { id: '3', peerAddress: `127.0.0.1:${wrongCluster}`, voter: true }),
    ).toBe('it belongs to cluster c9');
  });

  test('a proof overheard once is no proof later', async () => {
    const two = await start('2');
    const one = await start('1');
    const overheard = await recordHello(one.identity, two);
    const client = await RawClient.open(two.port);
    client.send(overheard.hello);
    await client.receive(20);
    client.send(overheard.proof);
    expect(await client.receiveAll()).toContain('wrong-secret');
    expect(two.received).toEqual([]);
  });
});

test('a node that does not know yet who it is neither dials nor lets anybody in', async () => {
  const [one, two] = [await start('1'), await start('2')];
  two.knowsItself = false;
  two.transport.setPeers([one.member()]);
  one.transport.setPeers([two.member()]);
  await until(() => one.link('2')?.lastError === 'this node is still starting');
  await expect(one.transport.probe(two.identity.peerAddress)).rejects.toMatchObject({
    code: 'not-accepted',
  });
  await expect(two.transport.probe(one.identity.peerAddress)).rejects.toMatchObject({
    message: 'this node is starting',
  });
  expect(two.links).toEqual([]);
  two.knowsItself = true;
  await until(() => one.link('2')?.connected === true && two.link('1')?.connected === true);
});

describe('a waiting node', () => {
  async function startWaiting(
    decide: (offer: JoinOffer, node: TestNode) => string | null,
  ): Promise<{ readonly node: TestNode; readonly offers: JoinOffer[] }> {
    const offers: JoinOffer[] = [];
    const node: TestNode = await start('2', {
      clusterId: '',
      onJoin: (offer, done) => {
        offers.push(offer);
        setTimeout(() => {
          done(decide(offer, node));
        }, 2);
      },
    });
    return { node, offers };
  }

  test('joins the cluster whose leader adds it, once its id is durable', async () => {
    const { node, offers } = await startWaiting((offer, self) => {
      self.identity = { ...self.identity, clusterId: offer.clusterId, nodeId: offer.nodeId };
      return null;
    });
    const one = await start('1');
    one.transport.setPeers([node.member(false)]);
    await until(() => one.link('2')?.connected === true);
    expect(offers).toEqual([{ clusterId: 'cluster-1', nodeId: '2', from: one.identity }]);
    one.transport.send(heartbeat(1));
    await until(() => node.received.length === 1);
  });

  test('may refuse, with its own words', async () => {
    const { node } = await startWaiting(() => 'it was told to join another cluster');
    const one = await start('1');
    one.transport.setPeers([node.member(false)]);
    await until(() => one.link('2')?.lastError === 'it was told to join another cluster');
    expect(node.received).toEqual([]);
  });

  test('that was a voter is not taken back without its data', async () => {
    const { node, offers } = await startWaiting(() => null);
    const one = await start('1');
    one.transport.setPeers([node.member(true)]);
    await until(() => typeof one.link('2')?.lastError === 'string');
    expect(one.link('2')?.lastError).toBe(
      'node 2 was a voter of cluster cluster-1 and has no data here; ' +
        'remove it from the cluster and add it again under a new id',
    );
    expect(offers).toEqual([]);
  });

  test('is asked once at a time', async () => {
    const answers: ((refusal: string | null) => void)[] = [];
    const node = await start('2', { clusterId: '', onJoin: (_, done) => answers.push(done) });
    const [one, three] = [await start('1'), await start('3')];
    one.transport.setPeers([node.member(false)]);
    await until(() => answers.length === 1);
    three.transport.setPeers([node.member(false)]);
    await until(() => three.link('2')?.lastError === 'this node is joining now');
    expect(answers.length).toBe(1);
  });
});

describe('a probe', () => {
  test('learns who is there and joins nothing', async () => {
    const offers: JoinOffer[] = [];
    const waiting = await start('5', { clusterId: '', onJoin: (offer) => offers.push(offer) });
    const one = await start('1');
    expect(await one.transport.probe(waiting.identity.peerAddress)).toEqual({
      ...waiting.identity,
      protocolMin: 1,
      protocolMax: 1,
    });
    expect(offers).toEqual([]);
    expect(waiting.notices).toEqual([]);
    const other = await start('7', { clusterId: 'other' });
    expect(await one.transport.probe(other.identity.peerAddress)).toMatchObject({
      clusterId: 'other',
      nodeId: '7',
    });
  });

  test('of a waiting node by a waiting node works too', async () => {
    const [one, two] = [await start('1', { clusterId: '' }), await start('', { clusterId: '' })];
    expect(await one.transport.probe(two.identity.peerAddress)).toMatchObject({ nodeId: '' });
  });

  test('says why it failed', async () => {
    const one = await start('1');
    const stranger = await start('2', { secret: Buffer.from('x') });
    const gone = await start('3');
    await gone.stop();
    await expect(one.transport.probe(gone.identity.peerAddress)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'connection refused',
    });
    await expect(one.transport.probe(stranger.identity.peerAddress)).rejects.toMatchObject({
      code: 'wrong-secret',
      message: 'the cluster secret is not the same',
    });
    await expect(one.transport.probe('x')).rejects.toMatchObject({ code: 'unreachable' });
    const { port } = await silentServer();
    await expect(one.transport.probe(`127.0.0.1:${port}`, 30)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'no answer within 30 ms',
    });
    const redis = await fixedServer("-ERR unknown command 'RAFTDECK-PEER'\r\n");
    await expect(one.transport.probe(`127.0.0.1:${redis}`)).rejects.toThrow('protocol error');
  });
});

describe('a peer that misbehaves', () => {
  /** A raw connection that has said hello as node 1 and may send anything now. */
  async function intruder(node: TestNode): Promise<RawClient> {
    const client = await RawClient.open(node.port);
    const identity = { ...node.identity, nodeId: '1', peerAddress: '127.0.0.1:1' };
    const { proof } = await converse(client, identity, node, {});
    client.send(proof);
    await until(() => client.received.includes('WELCOME'));
    return client;
  }

  test.each<[string, string | Buffer, string]>([
    ['no RESP', 'GET / HTTP/1.1\r\n\r\n', 'unexpected type byte 0x47'],
    ['a bulk string', '$1\r\nK\r\n', 'not an array'],
    ['a null', '*-1\r\n', 'not an array'],
    ['a piece of noise', '*2\r\n$1\r\nP\r\n$3\r\nabc\r\n', 'in pieces: unexpected type byte 0x61'],
    [
      'a piece of a piece',
      '*2\r\n$1\r\nP\r\n$25\r\n*2\r\n$1\r\nP\r\n$8\r\nabcdefgh\r\n\r\n',
      'not a frame',
    ],
    ['a null in pieces', '*2\r\n$1\r\nP\r\n$5\r\n*-1\r\n\r\n', 'not an array in pieces'],
    ['an empty array', '*0\r\n', 'not a frame'],
    ['noise in an array', '*2\r\n$3\r\nabc\r\n$4\r\nabcd\r\n', 'wrong checksum'],
    ['nested arrays', '*1\r\n*1\r\n$1\r\na\r\n', 'arrays nested too deeply'],
    ['too many parts', '*65537\r\n', 'an array of 65537 elements'],
    ['a length beyond all limits', '*2\r\n$999999999\r\n', 'a message is larger than'],
    ['a lying length', '*2\r\n$2\r\nabcd', 'a bulk string does not end in CRLF'],
    [
      'runs that leave a gap',
      Buffer.concat(encodeFrame({ ...heartbeat(1, [runOfBytes(2)]), prevLogIndex: 3 } as Message)),
      '',
    ],
  ])('%s ends its link, and nothing else', async (_, bytes, reason) => {
    const node = await start('2');
    const client = await intruder(node);
    client.send(Buffer.concat(encodeFrame(heartbeat(1))).toString('latin1'));
    client.send(Buffer.from(bytes).toString('latin1'));
    await client.receiveAll();
    expect(rounds(node.received)).toEqual([1]);
    const errors = node.notices.filter((notice) => notice.kind === 'peer-protocol-error');
    expect(errors.map((notice) => notice.text)).toEqual([
      expect.stringContaining(`protocol error: ${reason}`) as string,
    ]);
    expect(node.transport.protocolErrors).toBe(1);
  });

  test('one that trickles its hello is cut off, and keeps nobody waiting', async () => {
    const node = await start('2', { limits: { helloMs: 60 } });
    const slow = await RawClient.open(node.port);
    slow.send('*12\r\n$13\r\nRAFTDECK-PEER\r\n');
    const one = await start('1');
    one.transport.setPeers([node.member()]);
    await until(() => one.link('2')?.connected === true);
    expect(await slow.receiveAll()).toBe('');
  });

  test('strangers in the middle of a hello are limited in number', async () => {
    const node = await start('2', { limits: { hellosMax: 3 } });
    const strangers: RawClient[] = [];
    for (let i = 0; i < 5; i++) {
      const stranger = await RawClient.open(node.port);
      stranger.send('*12\r\n$13\r\nRAFTDECK-PEER\r\n');
      strangers.push(stranger);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => strangers.filter((stranger) => stranger.closed).length === 2);
    expect(strangers.map((stranger) => stranger.closed)).toEqual([true, true, false, false, false]);
    for (const stranger of strangers) stranger.close();
  });

  test('one that falls silent is given up, and found again', async () => {
    const limits = { keepaliveMs: 20, silenceMs: 100 };
    const port = await impostor(() => ({
      welcome: { clusterId: 'cluster-1', nodeId: '2', peerAddress: 'a:1', clientAddress: 'a:1' },
      secret: SECRET,
    }));
    const one = await start('1', { limits });
    one.transport.setPeers([{ id: '2', peerAddress: `127.0.0.1:${port}`, voter: true }]);
    await until(() => one.links.length >= 3);
    expect(one.links.slice(0, 3)).toEqual(['2 true ', '2 false silent for 100 ms', '2 true ']);
  });

  test('one that stays silent on its own link is given up by the acceptor', async () => {
    const node = await start('2', { limits: { keepaliveMs: 20, silenceMs: 100 } });
    const client = await intruder(node);
    await client.receiveAll();
    expect(node.notices.at(-1)).toMatchObject({
      kind: 'peer-disconnected',
      peer: '1',
      text: 'silent for 100 ms',
    });
  });

  test('signs of life keep an idle link up', async () => {
    const limits = { keepaliveMs: 20, silenceMs: 100 };
    const [one, two] = [await start('1', { limits }), await start('2', { limits })];
    one.transport.setPeers([two.member()]);
    await until(() => one.link('2')?.connected === true);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(one.links).toEqual(['2 true ']);
    expect(one.link('2')?.sentMessages).toBe(0);
  });

  test('signs of life go along with messages, and the time is asked for all the same', async () => {
    const limits = { keepaliveMs: 50, silenceMs: 250 };
    const [one, two] = [await start('1', { limits }), await start('2', { limits })];
    one.transport.setPeers([two.member()]);
    await until(() => one.link('2')?.connected === true);
    const measured = new Set<number>();
    const talk = setInterval(() => {
      one.transport.send(heartbeat(1));
      measured.add(one.link('2')?.clock?.measuredMs ?? 0);
    }, 5);
    await until(() => measured.size > 6);
    clearInterval(talk);
    expect(one.links).toEqual(['2 true ']);
  });

  test('one that does not read loses old messages first, and never blocks us', async () => {
    const port = await impostor(() => ({
      welcome: { clusterId: 'cluster-1', nodeId: '2', peerAddress: 'a:1', clientAddress: 'a:1' },
      secret: SECRET,
      stopReading: true,
    }));
    const one = await start('1', {
      limits: { queueBytesMax: 2_000_000, socketBytesMax: 500_000 },
    });
    one.transport.setPeers([{ id: '2', peerAddress: `127.0.0.1:${port}`, voter: true }]);
    await until(() => one.link('2')?.connected === true);
    const run = runOfBytes(100_000);
    for (let round = 0; round < 300; round++) {
      one.transport.send(heartbeat(round, [run]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const link = one.link('2');
    expect(link?.droppedMessages).toBeGreaterThan(100);
    expect((link?.sentMessages ?? 0) + (link?.droppedMessages ?? 0)).toBeLessThanOrEqual(300);
  });
});

describe('faults', () => {
  test('lose, delay and pass messages per peer and direction, in order', async () => {
    const heldIn: (readonly [direction: string, heldMs: number])[] = [];
    const two = await start('2', {
      faults: {
        judge: (_, direction) => (direction === 'in' ? 1 : 0),
        passed: (_, direction, __, heldMs) => heldIn.push([direction, heldMs]),
      },
    });
    const one = await start('1', {
      faults: {
        judge: (peer, direction, message) => {
          const round = 'readRound' in message ? message.readRound : 0;
          if (peer !== '2' || direction !== 'out') return 0;
          if (round % 3 === 0) return null;
          return round % 3 === 1 ? 15 : 0;
        },
        passed: () => undefined,
      },
    });
    one.transport.setPeers([two.member()]);
    await until(() => one.link('2')?.connected === true);
    for (let round = 0; round < 9; round++) one.transport.send(heartbeat(round));
    await until(() => two.received.length === 6);
    expect(rounds(two.received)).toEqual([1, 2, 4, 5, 7, 8]);
    expect(one.link('2')).toMatchObject({ sentMessages: 6, droppedMessages: 3 });
    // A millisecond was asked for, and that is what was measured, not what was asked.
    expect(heldIn).toHaveLength(6);
    for (const [direction, heldMs] of heldIn) {
      expect(direction).toBe('in');
      expect(heldMs).toBeGreaterThan(0);
    }
  });
});

test('close ends every link, and what comes later is ignored', async () => {
  const [one, two] = await startPair();
  one.transport.close();
  one.transport.close();
  one.transport.send(heartbeat(1));
  one.transport.setPeers([two.member()]);
  await until(() => two.link('1')?.connected === false);
  expect(two.received).toEqual([]);
  const failed = one.transport.probe(two.identity.peerAddress);
  one.transport.close();
  await expect(failed).resolves.toMatchObject({ nodeId: '2' });
});

// --- the other side, played by hand ---

interface Disguise {
  readonly welcome: TestNode['identity'];
  readonly secret: Buffer;
  readonly stopReading?: boolean;
}

/** A server that answers hellos in disguise and then says nothing any more. */
async function impostor(play: (hello: HelloRequest, nonce: Buffer) => Disguise): Promise<number> {
  const { port, server } = await silentServer();
  server.on('connection', (socket: Socket) => {
    const nonce = makeNonce();
    let hello: HelloRequest | null = null;
    const parser = new GuardedParser({
      limits: FRAME_LIMITS,
      onFault: () => socket.destroy(),
      onMessage: (message) => {
        if (!Array.isArray(message)) return;
        if (hello === null) {
          hello = decodeHello(message);
          socket.write(encodeAnswer({ type: 'challenge', nonce }));
        } else if (decodeAnswer(message)?.type === 'proof') {
          const { welcome, secret, stopReading } = play(hello, nonce);
          const words = { protocol: 1, identity: welcome };
          const proof = acceptorProof(secret, { hello, acceptorNonce: nonce }, words);
          socket.write(encodeAnswer({ type: 'welcome', ...words, proof }));
          if (stopReading === true) socket.pause();
        }
      },
    });
    socket.on('data', (chunk: Buffer) => {
      parser.execute(chunk);
    });
  });
  return port;
}

async function silentServer(): Promise<{ readonly port: number; readonly server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposals.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  );
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, server };
}

async function fixedServer(answer: string): Promise<number> {
  const { port, server } = await silentServer();
  server.on('connection', (socket: Socket) => {
    socket.on('data', () => socket.write(answer));
  });
  return port;
}

/** Sends a hello and reads the challenge; returns the bytes of the proof that belongs to it. */
async function converse(
  client: RawClient,
  from: TestNode['identity'],
  to: TestNode,
  changes: Partial<HelloRequest>,
): Promise<{ readonly hello: string; readonly proof: string }> {
  const hello: HelloRequest = {
    purpose: 'link',
    protocolMin: 1,
    protocolMax: 1,
    from,
    targetId: to.identity.nodeId,
    targetVoter: true,
    nonce: makeNonce(),
    ...changes,
  };
  const bytes = Buffer.from(encodeHello(hello)).toString('latin1');
  client.send(bytes);
  const challenge = '*2\r\n$9\r\nCHALLENGE\r\n$32\r\n';
  const answer = await client.receive(challenge.length + 34);
  if (!answer.startsWith(challenge)) return { hello: bytes, proof: '' };
  const nonce = Buffer.from(answer.slice(challenge.length, challenge.length + 32), 'latin1');
  const proof = diallerProof(SECRET, { hello, acceptorNonce: nonce });
  return {
    hello: bytes,
    proof: Buffer.from(encodeAnswer({ type: 'proof', proof })).toString('latin1'),
  };
}

/** Says hello by hand and returns the sentence with which it is refused. */
async function sayHello(
  from: TestNode['identity'],
  to: TestNode,
  changes: Partial<HelloRequest>,
): Promise<string> {
  const client = await RawClient.open(to.port);
  const { proof } = await converse(client, from, to, changes);
  if (proof !== '') client.send(proof);
  const all = await client.receiveAll();
  return /REFUSED\r\n\$\d+\r\n[a-z-]+\r\n\$\d+\r\n(.*)\r\n$/s.exec(all)?.[1] ?? all;
}

/** A whole hello of one node to another, as an eavesdropper sees the dialler's side. */
async function recordHello(
  from: TestNode['identity'],
  to: TestNode,
): Promise<{ readonly hello: string; readonly proof: string }> {
  const client = await RawClient.open(to.port);
  const heard = await converse(client, from, to, {});
  client.send(heard.proof);
  await until(() => client.received.includes('WELCOME'));
  client.close();
  return heard;
}
