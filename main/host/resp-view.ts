import type { Reply } from '../../node-engine/resp/value.ts';
import type { RespView } from '../contract/model.ts';

/** Most characters of one reply that go to the window. */
const SIZE_MAX = 256 * 1024;
const ITEMS_MAX = 10_000;
const DEPTH_MAX = 32;

interface Budget {
  size: number;
  items: number;
  truncated: boolean;
}

/** A reply as data for the window, cut where it is too long to be read by a person anyway. */
export function toRespView(reply: Reply): { readonly view: RespView; readonly truncated: boolean } {
  const budget = { size: SIZE_MAX, items: ITEMS_MAX, truncated: false };
  return { view: convert(reply, budget, 0), truncated: budget.truncated };
}

function convert(reply: Reply, budget: Budget, depth: number): RespView {
  if (reply === null) return { type: 'null' };
  if (typeof reply === 'boolean') return { type: 'boolean', value: reply };
  if (typeof reply === 'number' || typeof reply === 'bigint') {
    return { type: 'integer', text: String(reply) };
  }
  if (typeof reply === 'string') return { type: 'bulk', text: cut(reply, budget) };
  if (reply instanceof Uint8Array) return convertBytes(reply, budget);
  if (depth >= DEPTH_MAX) {
    budget.truncated = true;
    return { type: 'null' };
  }
  if (!('type' in reply)) return { type: 'array', items: convertAll(reply, budget, depth) };
  switch (reply.type) {
    case 'simple':
    case 'error':
    case 'verbatim':
      return { type: reply.type, text: cut(reply.text, budget) };
    case 'double':
      return { type: 'double', text: doubleText(reply.value) };
    case 'set':
    case 'push':
      return { type: reply.type, items: convertAll(reply.items, budget, depth) };
    case 'map':
      return { type: 'map', entries: convertEntries(reply.entries, budget, depth) };
    case 'raw':
      return convertBytes(reply.bytes, budget);
  }
}

function convertAll(items: readonly Reply[], budget: Budget, depth: number): readonly RespView[] {
  const converted: RespView[] = [];
  for (const item of items) {
    if (exhausted(budget)) break;
    converted.push(convert(item, budget, depth + 1));
  }
  return converted;
}

function convertEntries(
  entries: readonly (readonly [Reply, Reply])[],
  budget: Budget,
  depth: number,
): readonly (readonly [RespView, RespView])[] {
  const converted: (readonly [RespView, RespView])[] = [];
  for (const [key, value] of entries) {
    if (exhausted(budget)) break;
    converted.push([convert(key, budget, depth + 1), convert(value, budget, depth + 1)]);
  }
  return converted;
}

function exhausted(budget: Budget): boolean {
  budget.items -= 1;
  if (budget.items >= 0 && budget.size > 0) return false;
  budget.truncated = true;
  return true;
}

function convertBytes(bytes: Uint8Array, budget: Budget): RespView {
  // Cut before decoding: a value of 64 MiB must not become a string first.
  const kept = bytes.length <= budget.size ? bytes : bytes.subarray(0, Math.max(0, budget.size));
  const wasCut = kept.length < bytes.length;
  const text = decodeUtf8(kept, wasCut);
  if (wasCut) budget.truncated = true;
  if (text !== null) {
    budget.size -= text.length;
    return { type: 'bulk', text };
  }
  const base64 = Buffer.from(kept).toString('base64');
  budget.size -= base64.length;
  return { type: 'bytes', base64 };
}

/** The text of UTF-8 bytes, or null when they are not; of cut bytes the last character may be missing. */
function decodeUtf8(bytes: Uint8Array, wasCut: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: wasCut,
    });
  } catch {
    // Not UTF-8: the caller shows the bytes.
    return null;
  }
}

function cut(text: string, budget: Budget): string {
  const kept = text.slice(0, Math.max(0, budget.size));
  if (kept.length < text.length) budget.truncated = true;
  budget.size -= kept.length;
  return kept;
}

/** Doubles as RESP3 spells them. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  return value === -Infinity ? '-inf' : String(value);
}
