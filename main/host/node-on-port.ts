import { realpathSync } from 'node:fs';

import { processEntry } from './process-table.ts';
import type { RespConnection, RespDial } from './resp-port.ts';
import type { ProcessIdentity } from './spawner.ts';
import { parseStatus } from './status-document.ts';

const TIMEOUT_MS = 1_000;

/** A process that answers as a certain node. */
export type FoundProcess = ProcessIdentity & { readonly startedAtMs: number };

/**
 * The process that answers on `address` as that node with that folder; null when nobody does.
 *
 * Finds nodes that no host has noted down: started by hand with the command line that the window
 * shows, or by a host that was killed in the moment between starting and noting.
 */
export async function findNodeOnPort(
  dial: RespDial,
  node: { readonly id: string; readonly address: string; readonly directory: string },
): Promise<FoundProcess | null> {
  let connection: RespConnection;
  try {
    connection = await dial({ address: node.address, connectTimeoutMs: TIMEOUT_MS });
  } catch {
    // Nobody listens, or it does not speak RESP: in any case not this node.
    return null;
  }
  try {
    const reply = await connection.call(['RAFT', 'STATUS'], { timeoutMs: TIMEOUT_MS });
    if (!(reply instanceof Uint8Array)) return null;
    const status = parseStatus(Buffer.from(reply).toString('utf8'));
    if (!status.ok || status.value.id !== node.id) return null;
    if (!isSameFolder(status.value.directory, node.directory)) return null;
    const { pid, startedAtMs } = status.value;
    const entry = processEntry(pid);
    return entry === null ? null : { pid, startTime: entry.startTime, startedAtMs };
  } catch {
    // No reply in time, or the connection ended: it cannot be told who that is.
    return null;
  } finally {
    connection.close();
  }
}

function isSameFolder(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    // One of them is not there, so they are not the same.
    return false;
  }
}
