import fc from 'fast-check';
import { expect, test } from 'vitest';

import { commandLength, digitsOf, encodeCommand } from '../../node-engine/resp/command-writer.ts';
import { equalsName, NameTable } from '../../node-engine/resp/name-table.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from '../../node-engine/resp/utf8.ts';
import { latin1 } from './request-stream.ts';

/** Any code points at all, lone surrogates among them; every class of length is as likely. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0x80, max: 0x7ff }),
      fc.integer({ min: 0x800, max: 0xffff }),
      fc.integer({ min: 0x10000, max: 0x10ffff }),
    ),
    { maxLength: 30 },
  )
  .map((points) => String.fromCodePoint(...points));

test('text of one- to four-byte characters is encoded as Node encodes it', () => {
  for (const text of ['', 'plain', 'ä', '€', '𝄞', 'aä€𝄞z', '\ud800', 'x\udc00y', '\udc00\ud800']) {
    expect(encodeUtf8(text)).toEqual(new Uint8Array(Buffer.from(text, 'utf8')));
  }
});

test('any text is encoded, measured and decoded as Node does', () => {
  fc.assert(
    fc.property(anyText, (part) => {
      const text = part.repeat(80);
      const bytes = encodeUtf8(text);
      expect(utf8Length(text)).toBe(bytes.length);
      expect(Buffer.compare(bytes, Buffer.from(text, 'utf8'))).toBe(0);
      expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString('utf8'));
    }),
    { numRuns: 150 },
  );
});

test('bytes that are not UTF-8 are decoded as Node does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(decodeUtf8(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }),
    { numRuns: 1000 },
  );
  const hard = [
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x92],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x82],
    [0xe2, 0x82, 0x41],
  ];
  for (const bytes of hard) {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBe(
      new TextDecoder().decode(Uint8Array.from(bytes)),
    );
  }
});

test('a command is written with lengths in bytes', () => {
  const bytes = encodeCommand(['SET', '€', Uint8Array.of(0, 255), '']);
  expect(Buffer.from(bytes).toString('latin1')).toBe(
    '*4\r\n$3\r\nSET\r\n$3\r\n\xe2\x82\xac\r\n$2\r\n\x00\xff\r\n$0\r\n\r\n',
  );
  expect(commandLength(['SET', '€', Uint8Array.of(0, 255), ''])).toBe(bytes.length);
});

test('digits are counted right at every power of ten', () => {
  for (let power = 0; power <= 15; power++) {
    expect(digitsOf(10 ** power)).toBe(power + 1);
    if (power > 0) expect(digitsOf(10 ** power - 1)).toBe(power);
  }
});

test('a name is found in any case, and nothing else is', () => {
  const names = ['get', 'set', 'raft', 'cluster', 'client|setinfo', 'a.b-c_d', 'raftaddpeer'];
  const table = new NameTable(names.map((name, i) => [name, i] as const));
  for (const [i, name] of names.entries()) {
    expect(table.find(latin1(name))).toBe(i);
    expect(table.find(latin1(name.toUpperCase()))).toBe(i);
    expect(table.find(latin1(`xx${name}yy`), 2, 2 + name.length)).toBe(i);
    expect(table.find(latin1(`${name}x`))).toBeUndefined();
  }
  for (const other of ['', 'ge', 'GETS', 'CLIENT\\SETINFO', 'A\x0eB-C_D', 'a.b-c\x7fd', '\xe7et']) {
    expect(table.find(latin1(other))).toBeUndefined();
  }
  expect(equalsName(latin1('QuIt'), 0, 4, latin1('quit'))).toBe(true);
});
