import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { RespConnection, RespDial } from './resp-port.ts';

/** Longest wait for the handshake that follows the connection. */
const HANDSHAKE_TIMEOUT_MS = 3_000;

/** Dials with RESP3, which tells all types of a reply apart; older servers are met in RESP2. */
export const dialResp: RespDial = async ({ address, connectTimeoutMs, onClose }) => {
  const client = await RespClient.connect({
    address,
    protocol: 3,
    connectTimeoutMs,
    commandTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    ...(onClose === undefined ? {} : { onClose }),
  });
  return client satisfies RespConnection;
};
