import { describe, expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import {
  acceptorProof,
  commonProtocol,
  decodeAnswer,
  decodeHello,
  diallerProof,
  encodeAnswer,
  encodeHello,
  type HelloAnswer,
  type HelloRequest,
  proofsEqual,
} from '../../node-engine/transport/hello.ts';
import { HELLO_MESSAGE_LIMITS } from '../../node-engine/transport/limits.ts';
import { recogniseHello } from '../../node-engine/transport/recognise-hello.ts';

const hello: HelloRequest = {
  purpose: 'link',
  protocolMin: 1,
  protocolMax: 3,
  from: { clusterId: 'c1', nodeId: '1', peerAddress: '127.0.0.1:1', clientAddress: 'localhost:2' },
  targetId: '2',
  targetVoter: true,
  nonce: Buffer.alloc(32, 1),
};

function bulksOf(bytes: Uint8Array): readonly unknown[] {
  const found: unknown[] = [];
  const parser = new GuardedParser({
    limits: HELLO_MESSAGE_LIMITS,
    types: '*$',
    onMessage: (message) => found.push(message),
    onFault: (reason) => expect.fail(reason),
  });
  parser.execute(Buffer.from(bytes));
  return found[0] as readonly unknown[];
}

test('a hello reads back as it was sent', () => {
  expect(decodeHello(bulksOf(encodeHello(hello)))).toEqual(hello);
  const probe = { ...hello, purpose: 'probe' as const, targetId: '', targetVoter: false };
  expect(decodeHello(bulksOf(encodeHello(probe)))).toEqual(probe);
});

const answers: readonly HelloAnswer[] = [
  { type: 'challenge', nonce: Buffer.alloc(32, 2) },
  { type: 'proof', proof: Buffer.alloc(32, 3) },
  {
    type: 'welcome',
    protocol: 1,
    identity: { clusterId: '', nodeId: '', peerAddress: 'a:1', clientAddress: 'b:1' },
    proof: Buffer.alloc(32, 4),
  },
  { type: 'refused', refusal: { code: 'wrong-cluster', text: 'another cluster' } },
];

test.each(answers)('a $type reads back as it was sent', (answer) => {
  expect(decodeAnswer(bulksOf(encodeAnswer(answer)))).toEqual(answer);
});

test('a refusal cannot carry control characters, or be endless', () => {
  const text = `a\r\n\x1b[31mb${'x'.repeat(1000)}`;
  const bytes = encodeAnswer({ type: 'refused', refusal: { code: 'not-accepted', text } });
  const read = decodeAnswer(bulksOf(bytes));
  expect(read?.type === 'refused' && read.refusal.text).toBe(`a???[31mb${'x'.repeat(503)}`);
});

describe('a hello that is none', () => {
  const fields = bulksOf(encodeHello(hello));
  const text = (value: string): Buffer => Buffer.from(value, 'latin1');
  test.each<[string, number, unknown]>([
    ['another word', 0, text('RAFTDECK-PEEP')],
    ['another format', 1, text('2')],
    ['an unknown purpose', 2, text('steal')],
    ['a version of 0', 3, text('0')],
    ['a version that is no number', 4, text('x')],
    ['versions that cross', 3, text('9')],
    ['a cluster id with a space', 5, text('c 1')],
    ['a node id with a slash', 6, text('../1')],
    ['an address with a line end', 7, text('a:1\n')],
    ['an endless address', 8, text('a'.repeat(600))],
    ['a bad target', 9, text('é')],
    ['a role that is none', 10, text('2')],
    ['a short nonce', 11, Buffer.alloc(31)],
    ['a null', 7, null],
  ])('%s', (_, position, value) => {
    const changed = [...fields];
    changed[position] = value;
    expect(decodeHello(changed)).toBeNull();
  });

  test('too few and too many fields', () => {
    expect(decodeHello(fields.slice(0, -1))).toBeNull();
    expect(decodeHello([...fields, text('x')])).toBeNull();
    expect(decodeHello([])).toBeNull();
  });

  test('an answer that is none', () => {
    for (const bulks of [[], [null], ['CHALLENGE'], [text('CHALLENGE'), Buffer.alloc(3)]]) {
      expect(decodeAnswer(bulks)).toBeNull();
    }
    expect(decodeAnswer([text('REFUSED'), text('because'), text('x')])).toBeNull();
    expect(decodeAnswer([text('WELCOME'), Buffer.alloc(32)])).toBeNull();
  });
});

describe('proofs', () => {
  const secret = Buffer.from('secret');
  const transcript = { hello, acceptorNonce: Buffer.alloc(32, 9) };
  const welcome = {
    protocol: 1,
    identity: { clusterId: 'c1', nodeId: '2', peerAddress: 'a:1', clientAddress: 'b:1' },
  };

  test('the same secret and words give the same proof; the two sides give different ones', () => {
    expect(proofsEqual(diallerProof(secret, transcript), diallerProof(secret, transcript))).toBe(
      true,
    );
    const acceptor = acceptorProof(secret, transcript, welcome);
    expect(proofsEqual(acceptor, acceptorProof(secret, transcript, welcome))).toBe(true);
    expect(proofsEqual(acceptor, diallerProof(secret, transcript))).toBe(false);
  });

  test('another secret, nonce, identity or version gives another proof', () => {
    const proof = diallerProof(secret, transcript);
    const others = [
      diallerProof(Buffer.from('Secret'), transcript),
      diallerProof(secret, { ...transcript, acceptorNonce: Buffer.alloc(32, 8) }),
      ...[
        { nonce: Buffer.alloc(32, 2) },
        { targetId: '3' },
        { targetVoter: false },
        { purpose: 'probe' as const },
        { protocolMax: 4 },
        { from: { ...hello.from, nodeId: '11' } },
        // The same letters, cut elsewhere.
        { from: { ...hello.from, clusterId: 'c11', nodeId: '' } },
      ].map((change) => diallerProof(secret, { ...transcript, hello: { ...hello, ...change } })),
    ];
    for (const other of others) expect(proofsEqual(proof, other)).toBe(false);
    expect(
      proofsEqual(
        acceptorProof(secret, transcript, welcome),
        acceptorProof(secret, transcript, {
          ...welcome,
          identity: { ...welcome.identity, nodeId: '3' },
        }),
      ),
    ).toBe(false);
  });
});

test('the newest protocol version in common is spoken', () => {
  const between = (protocolMin: number, protocolMax: number): number | null =>
    commonProtocol({ ...hello, protocolMin, protocolMax });
  expect([between(1, 1), between(1, 9), between(2, 9)]).toEqual([1, 1, null]);
});

describe('the first bytes of a connection', () => {
  const start = Buffer.from(encodeHello(hello));

  test('a hello is recognised, and undecided until it is', () => {
    const whole = '*12\r\n$13\r\nRAFTDECK-PEER\r\n'.length;
    for (let length = 1; length < whole; length++) {
      expect(recogniseHello(start.subarray(0, length))).toBe('undecided');
    }
    expect(recogniseHello(start.subarray(0, whole))).toBe('yes');
    expect(recogniseHello(start)).toBe('yes');
  });

  test.each([
    '*1\r\n$4\r\nPING\r\n',
    '*2\r\n$13\r\nRAFTDECK-POOR\r\n',
    'PING',
    '*123\r\n',
    '*2\r\n$3',
  ])('%j is no hello', (text) => {
    expect(recogniseHello(Buffer.from(text))).toBe('no');
  });
});
