import { expect, test } from 'vitest';

import { formatAddress, parseAddress } from '../../node-engine/client/address.ts';

test.each([
  ['127.0.0.1:7481', '127.0.0.1', 7481],
  ['localhost:1', 'localhost', 1],
  ['node-1.example.com:65535', 'node-1.example.com', 65_535],
  ['[::1]:7481', '::1', 7481],
  ['[fe80::1%eth0]:7481', 'fe80::1%eth0', 7481],
  [':7481', '127.0.0.1', 7481],
])('%s', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  '7481',
  'host',
  'host:',
  'host:0',
  'host:65536',
  'a b:1',
  '::1:7481',
  'h:1x',
  '[]:1',
])('no address: %j', (text) => {
  expect(parseAddress(text)).toBeNull();
});

test('an address is written as it is read', () => {
  for (const text of ['127.0.0.1:7481', '[::1]:7481']) {
    const address = parseAddress(text);
    expect(address === null ? null : formatAddress(address)).toBe(text);
  }
  expect(parseAddress(':7481', 'far')).toEqual({ host: 'far', port: 7481 });
});
