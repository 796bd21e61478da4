import { readFileSync } from 'node:fs';

/** The two ends of a TCP connection over IPv4, as the server sees them. */
export interface TcpEnds {
  readonly localPort: number;
  readonly remotePort: number;
}

/**
 * The user id of the process at the other end of a connection over 127.0.0.1; null where the system
 * does not say (other systems than Linux).
 *
 * The loopback address is open to every user of the machine. The kernel knows whose socket it is, so
 * that another user gets nothing by reading a link in a process list or a cookie on a shared port.
 */
export function peerUserId(ends: TcpEnds): number | null {
  if (process.platform !== 'linux') return null;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const userId = findPeerUserId(readTable(table), ends);
    if (userId !== null) return userId;
  }
  return null;
}

/** Looks the other end up in the text of /proc/net/tcp or tcp6 (proc(5)). */
export function findPeerUserId(table: string, ends: TcpEnds): number | null {
  const local = hexPort(ends.remotePort);
  const remote = hexPort(ends.localPort);
  for (const line of table.split('\n')) {
    const [, from = '', to = '', , , , , uid = ''] = line.trim().split(/\s+/);
    const isIt = LOOPBACKS.some((ip) => from === `${ip}:${local}` && to === `${ip}:${remote}`);
    if (isIt && /^\d+$/.test(uid)) return Number(uid);
  }
  return null;
}

/** 127.0.0.1 as the kernel prints it (host byte order), and as an IPv6 socket has it. */
const LOOPBACKS = ['0100007F', '0000000000000000FFFF00000100007F'];

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // No /proc, or no IPv6: nothing to find in it.
    return '';
  }
}
