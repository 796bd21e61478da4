import { isIP, isIPv4, isIPv6 } from 'node:net';

/** A host and a port. */
export interface Endpoint {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 0 only where a free port may be taken. */
  readonly port: number;
}

/** What a text was read as, or what is wrong with it in words. */
export type ParsedEndpoint =
  | { readonly ok: true; readonly endpoint: Endpoint }
  | { readonly ok: false; readonly problem: string };

/** Longer host names do not exist (RFC 1035 §2.3.4). */
const HOST_LENGTH_MAX = 253;
const PORT_MAX = 65_535;
const HOST_NAME =
  /^(?=.*[a-z])[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.?$/i;

/**
 * Reads `host:port`: a name, an IPv4 address, or an IPv6 address in brackets. A host is never
 * guessed: `:7481` would bind every interface and mean nothing to a client elsewhere.
 */
export function parseEndpoint(
  text: string,
  options: { readonly portZero: boolean },
): ParsedEndpoint {
  const colon = text.lastIndexOf(':');
  if (isIPv6(text) || (colon >= 0 && isIPv6(text.slice(0, colon)))) {
    return refused(text, 'an IPv6 address stands in brackets, such as [::1]:7481');
  }
  const portText = colon < 0 ? text : text.slice(colon + 1);
  const isNumber = /^\d+$/.test(portText);
  if (colon < 0 && !isNumber) return refused(text, 'it has no port; write host:port');
  if (!isNumber) return refused(text, `invalid port '${portText}'`);
  const port = Number(portText);
  const portMin = options.portZero ? 0 : 1;
  if (portText.length > 5 || port < portMin || port > PORT_MAX) {
    return refused(text, `invalid port ${portText} (${portMin} to ${PORT_MAX})`);
  }
  const host = unbracketed(text.slice(0, Math.max(colon, 0)));
  if (host === '')
    return refused(text, `it has no host; write host:port such as 127.0.0.1:${port}`);
  if (host === null || !isHost(host)) return refused(text, 'that is no host name and no address');
  return { ok: true, endpoint: { host, port } };
}

/** `host:port`, with brackets around an IPv6 address. */
export function endpointText({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether an IP address is one that only this machine can reach. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.');
  return address === '::1' || address === '0:0:0:0:0:0:0:1' || /^::ffff:127\./i.test(address);
}

function refused(text: string, why: string): ParsedEndpoint {
  return { ok: false, problem: `invalid address '${text}': ${why}` };
}

/** The host without its brackets; null when the brackets hold no IPv6 address. */
function unbracketed(host: string): string | null {
  if (!host.startsWith('[') && !host.endsWith(']')) return host;
  const inside = host.slice(1, -1);
  return host.startsWith('[') && host.endsWith(']') && isIPv6(inside) ? inside : null;
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  return host.length <= HOST_LENGTH_MAX && HOST_NAME.test(host);
}
