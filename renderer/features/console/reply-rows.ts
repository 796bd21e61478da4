import type { RespView } from '../../../main/contract/model.ts';
import { formatCount } from '../../ui/format.ts';

/** One line of a reply: an aggregate's name, or a value with its key and type. */
export interface ReplyRow {
  readonly depth: number;
  /** The key in a map, or the place in a list; null at the top. */
  readonly key: string | null;
  readonly text: string;
  /** As RESP3 has it: `string`, `integer`, `map`, `null`. */
  readonly type: string;
  readonly tone: 'plain' | 'ok' | 'error' | 'quiet';
}

/** Longest text on one line; the whole of it is in the copy. */
const TEXT_MAX = 2_000;

/** A reply as lines, at most `max` of them. */
export function replyRows(
  reply: RespView,
  max: number,
): { readonly rows: readonly ReplyRow[]; readonly leftOut: boolean } {
  const rows: ReplyRow[] = [];
  const complete = add(rows, max, reply, 0, null);
  return { rows, leftOut: !complete };
}

function add(
  rows: ReplyRow[],
  max: number,
  view: RespView,
  depth: number,
  key: string | null,
): boolean {
  if (rows.length >= max) return false;
  const children = childrenOf(view);
  rows.push({ depth, key, ...wordsOf(view) });
  return children.every(([name, child]) => add(rows, max, child, depth + 1, name));
}

function childrenOf(view: RespView): readonly (readonly [string, RespView])[] {
  if (view.type === 'map') {
    return view.entries.map(([key, value]) => [plainText(key), value] as const);
  }
  if ('items' in view) return view.items.map((item, at) => [String(at + 1), item] as const);
  return [];
}

type Words = Pick<ReplyRow, 'text' | 'type' | 'tone'>;

function wordsOf(view: RespView): Words {
  switch (view.type) {
    case 'null':
      return { text: 'nil', type: 'null', tone: 'quiet' };
    case 'simple':
      return { text: view.text, type: 'string', tone: view.text === 'OK' ? 'ok' : 'plain' };
    case 'error':
      return { text: view.text, type: 'error', tone: 'error' };
    case 'bulk':
      return { text: quoted(view.text), type: 'string', tone: 'plain' };
    case 'verbatim':
      return { text: cut(view.text), type: 'text', tone: 'plain' };
    case 'bytes':
      return { text: cut(view.base64), type: 'bytes, base64', tone: 'plain' };
    case 'integer':
      return { text: view.text, type: 'integer', tone: 'plain' };
    case 'double':
      return { text: view.text, type: 'double', tone: 'plain' };
    case 'boolean':
      return { text: String(view.value), type: 'boolean', tone: 'plain' };
    case 'map':
      return aggregate('map', view.entries.length);
    case 'array':
    case 'set':
    case 'push':
      return aggregate(view.type, view.items.length);
  }
}

function aggregate(type: string, size: number): Words {
  const text = size === 0 ? 'empty' : `${type} of ${formatCount(size)}`;
  return { text, type, tone: 'quiet' };
}

/** A string in quotes, so that its spaces and ends are seen; control characters as escapes. */
export function quoted(text: string): string {
  return `"${cut(text).replaceAll(/["\\\p{Cc}\p{Cf}]/gu, escaped)}"`;
}

function escaped(sign: string): string {
  const named = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[sign];
  const code = sign.codePointAt(0) ?? 0;
  return named ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

function cut(text: string): string {
  const left = text.length - TEXT_MAX;
  return left <= 0 ? text : `${text.slice(0, TEXT_MAX)}… ${formatCount(left)} characters more`;
}

/** A reply as text for the clipboard. */
export function replyText(reply: RespView): string {
  return 'text' in reply ? reply.text : JSON.stringify(reply, null, 1);
}

function plainText(view: RespView): string {
  return 'text' in view ? cut(view.text) : wordsOf(view).text;
}
