/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port` or `[v6]:port`; null when it is neither, or the port is not 1 … 65535. A
 * missing host (`:7481`, as some servers announce themselves) is the local one, or `defaultHost`.
 */
export function parseAddress(text: string, defaultHost = '127.0.0.1'): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:[\]@/]*)):([0-9]{1,5})$/.exec(text);
  if (match === null) return null;
  const [, v6, name, digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return null;
  return { host: v6 ?? (name === undefined || name === '' ? defaultHost : name), port };
}

/** Writes an address the way `parseAddress` reads it. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
