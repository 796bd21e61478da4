import { expect, test } from 'vitest';

import { endpointText, isLoopback, parseEndpoint } from '../../node-engine/node/address.ts';

test.each([
  ['127.0.0.1:7481', '127.0.0.1', 7481],
  ['localhost:1', 'localhost', 1],
  ['db-1.example.org:65535', 'db-1.example.org', 65535],
  ['[::1]:7481', '::1', 7481],
  ['[fe80::1]:80', 'fe80::1', 80],
])('%s is host %s and port %d, and is written the same again', (text, host, port) => {
  expect(parseEndpoint(text, { portZero: false })).toEqual({ ok: true, endpoint: { host, port } });
  expect(endpointText({ host, port })).toBe(text);
});

test.each([
  ['70000', 'invalid port 70000 (1 to 65535)'],
  ['127.0.0.1:70000', 'invalid port 70000 (1 to 65535)'],
  ['127.0.0.1:0', 'invalid port 0 (1 to 65535)'],
  ['127.0.0.1:-1', "invalid port '-1'"],
  ['127.0.0.1:', "invalid port ''"],
  ['127.0.0.1:74 81', "invalid port '74 81'"],
  ['127.0.0.1:7481x', "invalid port '7481x'"],
  ['7481', 'it has no host; write host:port such as 127.0.0.1:7481'],
  [':7481', 'it has no host; write host:port such as 127.0.0.1:7481'],
  ['127.0.0.1', 'it has no port; write host:port'],
  ['', 'it has no port; write host:port'],
  ['::1:7481', 'an IPv6 address stands in brackets, such as [::1]:7481'],
  ['::1', 'an IPv6 address stands in brackets, such as [::1]:7481'],
  ['[::1:7481', 'that is no host name and no address'],
  ['[localhost]:7481', 'that is no host name and no address'],
  ['999.1.1.1:7481', 'that is no host name and no address'],
  ['a b:7481', 'that is no host name and no address'],
  ['http://h:7481', 'that is no host name and no address'],
  [`${'a'.repeat(300)}:7481`, 'that is no host name and no address'],
])('%j is refused: %s', (text, why) => {
  const parsed = parseEndpoint(text, { portZero: false });
  expect(parsed).toEqual({ ok: false, problem: `invalid address '${text}': ${why}` });
});

test('port 0 is read only where a free port may be taken', () => {
  expect(parseEndpoint('127.0.0.1:0', { portZero: true })).toEqual({
    ok: true,
    endpoint: { host: '127.0.0.1', port: 0 },
  });
});

test('only addresses that never leave the machine are loopback', () => {
  const addresses = ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1'];
  expect(addresses.filter(isLoopback)).toEqual(addresses);
  expect(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost'].filter(isLoopback)).toEqual([]);
});
