import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that listens. */
export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** In /proc/net/tcp: the state of a listening socket. */
const LISTEN = '0A';

/**
 * Who listens on a TCP port, or null where the system does not say: other systems than Linux, and
 * processes of other users.
 */
export function portOwner(port: number): PortOwner | null {
  if (process.platform !== 'linux') return null;
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of listeningInodes(readText(table), port)) inodes.add(inode);
  }
  if (inodes.size === 0) return null;
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && holdsSocket(entry, inodes)) {
      return { pid: Number(entry), name: readText(`/proc/${entry}/comm`).trim() };
    }
  }
  return null;
}

/** The inodes of the sockets that listen on `port`, from the text of /proc/net/tcp (proc(5)). */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN || inode === undefined) return [];
    return local?.endsWith(`:${wanted}`) === true ? [inode] : [];
  });
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  let files: readonly string[];
  try {
    files = readdirSync(`/proc/${pid}/fd`);
  } catch {
    // Another user's process, or it has just ended.
    return false;
  }
  return files.some((file) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${file}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    } catch {
      // Closed since the folder was read.
      return false;
    }
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // No IPv6, or the process has just ended.
    return '';
  }
}
