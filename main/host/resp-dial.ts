import type { ConnectionOptions } from 'node:tls';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { RespConnection, RespDial } from './resp-port.ts';

/** Longest wait for the handshake that follows the connection. */
const HANDSHAKE_TIMEOUT_MS = 3_000;

/** How to log in at a node. */
export interface RespLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * Dials with RESP3, which tells all types of a reply apart; older servers are met in RESP2.
 *
 * @param login null where nobody has to say who they are
 * @param tls how to know the nodes where they speak TLS
 */
export function respDial(login: RespLogin | null, tls: ConnectionOptions | null = null): RespDial {
  return async ({ address, connectTimeoutMs, onClose }) => {
    const client = await RespClient.connect({
      address,
      protocol: 3,
      connectTimeoutMs,
      commandTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      ...login,
      ...(tls === null ? {} : { tls }),
      ...(onClose === undefined ? {} : { onClose }),
    });
    return client satisfies RespConnection;
  };
}

/** Dials nodes that ask nobody for a password. */
export const dialResp = respDial(null);
