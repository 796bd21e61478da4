import type { RespView } from '../../../main/contract/model.ts';
import { decodeBase64, hex, textOf as textOfBytes } from '../data/bytes.ts';

/** One entry of one node's log, as the node itself decodes it. */
export interface LogEntry {
  readonly index: number;
  readonly term: number;
  readonly kind: 'command' | 'no-op' | 'membership' | 'tick' | 'restore';
  readonly bytes: number;
  /** The command and its arguments as redis-cli takes them, or the members. */
  readonly words: readonly string[];
  /** Its node answers with the beginning of a long argument only. */
  readonly cut: boolean;
  /** When its leader made it, Unix ms. */
  readonly timeMs: number | null;
}

/** Reads the answer to RAFT LOG; an entry that is not as expected is left out, never guessed. */
export function readLogReply(reply: RespView): readonly LogEntry[] {
  if (reply.type !== 'array') return [];
  return reply.items.flatMap((item) => {
    const fields = new Map(fieldsOf(item));
    const [index, term, bytes] = ['index', 'term', 'bytes'].map((name) =>
      countOf(fields.get(name)),
    );
    const kind = textOf(fields.get('kind'));
    const known = KINDS.find((one) => one === kind);
    if (index === undefined || index === null || term === undefined || term === null) return [];
    if (known === undefined) return [];
    const command = fields.get('command');
    const items = command?.type === 'array' ? command.items.map(bytesOf) : [];
    const isCommand = known === 'command';
    const words = items.map((one) => (isCommand ? typed(one) : new TextDecoder().decode(one)));
    const shown = items.reduce((sum, one) => sum + one.length, 0);
    const cut = isCommand && shown < (bytes ?? 0);
    const nanoseconds = textOf(fields.get('time'));
    const timeMs = nanoseconds === null ? null : Number(nanoseconds) / 1e6;
    return [{ index, term, kind: known, bytes: bytes ?? 0, words, cut, timeMs }];
  });
}

const KINDS = ['command', 'no-op', 'membership', 'tick', 'restore'] as const;

function fieldsOf(view: RespView): readonly (readonly [string, RespView])[] {
  if (view.type !== 'map') return [];
  return view.entries.map(([key, value]) => [textOf(key) ?? '', value] as const);
}

function textOf(view: RespView | undefined): string | null {
  if (view === undefined) return null;
  return 'text' in view ? view.text : view.type === 'bytes' ? atob(view.base64) : null;
}

function countOf(view: RespView | undefined): number | null {
  const text = textOf(view);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** An entry in one line, as it would be typed. */
export function entryText({ kind, words, term }: LogEntry): string {
  switch (kind) {
    case 'command':
      return words.join(' ');
    case 'no-op':
      return `no-op, opens term ${String(term)}`;
    case 'membership':
      return `members: ${words.join(', ')}`;
    case 'tick':
      return 'tick, lets time pass';
    case 'restore':
      return `restore: ${words.join(' ')}`;
  }
}

function bytesOf(view: RespView): Uint8Array {
  if (view.type === 'bytes') return decodeBase64(view.base64);
  return new TextEncoder().encode(textOf(view) ?? '');
}

/** A node cuts a longer argument, in the middle of a sign if need be. */
const ARGUMENT_BYTES_MAX = 4096;

const PLAIN = /^[\p{L}\p{N}\p{P}\p{S}]+$/u;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** An argument, in quotes where it would not be seen for what it is; what hides is its bytes. */
function typed(bytes: Uint8Array): string {
  const text = textOfBytes(bytes, bytes.length >= ARGUMENT_BYTES_MAX);
  if (text === null) return `"${Array.from(bytes, typedByte).join('')}"`;
  if (PLAIN.test(text) && !/["'\\]/.test(text)) return text;
  const escaped = text.replaceAll(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (sign) => {
    return NAMED[sign] ?? Array.from(new TextEncoder().encode(sign), typedByte).join('');
  });
  return `"${escaped}"`;
}

function typedByte(byte: number): string {
  const sign = String.fromCharCode(byte);
  if (sign === '"' || sign === '\\') return `\\${sign}`;
  if (byte >= 0x20 && byte < 0x7f) return sign;
  return NAMED[sign] ?? `\\x${hex(byte, 2)}`;
}

/** Where an entry stands on its node. */
export type Progress = 'stored' | 'committed' | 'applied';

export function progressOf(
  index: number,
  { commitIndex, appliedIndex }: { readonly commitIndex: number; readonly appliedIndex: number },
): Progress {
  if (index <= appliedIndex) return 'applied';
  return index <= commitIndex ? 'committed' : 'stored';
}
