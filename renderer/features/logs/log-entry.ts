import type { RespView } from '../../../main/contract/model.ts';

/** One entry of one node's log, as the node itself decodes it. */
export interface LogEntry {
  readonly index: number;
  readonly term: number;
  readonly kind: 'command' | 'no-op' | 'membership' | 'tick' | 'restore';
  readonly bytes: number;
  /** Its words: the command and its arguments, or the members. */
  readonly words: readonly string[];
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
    const words = command?.type === 'array' ? command.items.map((word) => textOf(word) ?? '') : [];
    const nanoseconds = textOf(fields.get('time'));
    const timeMs = nanoseconds === null ? null : Number(nanoseconds) / 1e6;
    return [{ index, term, kind: known, bytes: bytes ?? 0, words, timeMs }];
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
      return words.map(wordText).join(' ');
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

/** Quotes where a word alone would not be seen for what it is. */
function wordText(word: string): string {
  const plain = /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(word) && !/["'\\]/.test(word);
  return plain ? word : JSON.stringify(word);
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
