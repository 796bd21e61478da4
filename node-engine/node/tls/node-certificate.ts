import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';

import type { NodeId } from '../../raft/types.ts';

/** How a certificate of `raftdeck tls init` names its node, among its alternative names. */
const URI_PREFIX = 'raftdeck:node:';

/** The name of a node in its certificate. */
export function nodeUri(id: NodeId): string {
  return `${URI_PREFIX}${id}`;
}

/**
 * The node that the other side's certificate is made for; null when it names none, as those of other
 * authorities do.
 *
 * @param alternativeNames as `subjectaltname` of Node's `PeerCertificate` has them
 */
export function certifiedNode(alternativeNames: string | undefined): NodeId | null {
  const names = (alternativeNames ?? '').split(', ');
  const named = names.find((name) => name.startsWith(`URI:${URI_PREFIX}`));
  return named === undefined ? null : named.slice(`URI:${URI_PREFIX}`.length);
}

/** Why a socket is not one of a peer with a certificate of this cluster's authority, or null. */
export function peerCertificateProblem(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket)) return 'the peer does not speak TLS';
  if (socket.authorized) return null;
  const { authorizationError } = socket;
  const why = authorizationError instanceof Error ? authorizationError.message : authorizationError;
  return `its certificate is not accepted: ${why}`;
}

/** The node that the certificate on a socket is for, or null when it says none. */
export function certifiedNodeOf(socket: Socket): NodeId | null {
  if (!(socket instanceof TLSSocket)) return null;
  return certifiedNode(socket.getPeerCertificate().subjectaltname);
}
