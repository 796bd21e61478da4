import { createServer, connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';

import { findPeerUserId, peerUserId } from '../../main/web/peer-user.ts';

/* Lines of /proc/net/tcp: a server on 127.0.0.1:23001 (59D9) and a client of user 1001 on port 40000. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:59D9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1
   1: 0100007F:9C40 0100007F:59D9 01 00000000:00000000 00:00000000 00000000  1001        0 112 1
   2: 0100007F:59D9 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 113 1
`;

test('the user is that of the other end, not of the server', () => {
  expect(findPeerUserId(TABLE, { localPort: 23_001, remotePort: 40_000 })).toBe(1001);
});

test('a connection that is not in the table has no known user', () => {
  expect(findPeerUserId(TABLE, { localPort: 23_001, remotePort: 40_001 })).toBeNull();
  expect(findPeerUserId('', { localPort: 23_001, remotePort: 40_000 })).toBeNull();
});

test('an IPv4 address in an IPv6 socket is found too', () => {
  const mapped = TABLE.replaceAll('0100007F', '0000000000000000FFFF00000100007F');
  expect(findPeerUserId(mapped, { localPort: 23_001, remotePort: 40_000 })).toBe(1001);
});

test('a connection of this process belongs to the user of this process', async (context) => {
  if (process.platform !== 'linux') context.skip('only Linux tells whose a connection is');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port });
  await new Promise((resolve) => socket.once('connect', resolve));
  const remotePort = socket.localPort ?? 0;
  expect(peerUserId({ localPort: port, remotePort })).toBe(process.getuid?.());
  socket.destroy();
  server.close();
});
