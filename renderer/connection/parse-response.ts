import type { WireResponse } from '../../main/contract/wire.ts';

/**
 * Reads one message of the host. Null when it is none: the text comes from a socket, so its shape is
 * checked before anything believes it.
 */
export function parseResponse(text: string): WireResponse | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(message)) return null;
  if (isRecord(message['push'])) {
    const { key, topic } = message['push'];
    return typeof key === 'number' && typeof topic === 'string' ? (message as WireResponse) : null;
  }
  const { id, result } = message;
  if (typeof id !== 'number' || !isRecord(result)) return null;
  if (result['ok'] === true) return 'value' in result ? (message as WireResponse) : null;
  if (result['ok'] !== false || !isRecord(result['error'])) return null;
  const { code, message: reason } = result['error'];
  return typeof code === 'string' && typeof reason === 'string' ? (message as WireResponse) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
