import type { RespView } from '../../../main/contract/model.ts';

/** A command as the nodes themselves describe it. */
export interface CommandDoc {
  /** In capitals, as it is typed. */
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  /** `key value [EX seconds]`. */
  readonly usage: string;
}

/** Reads the answer to COMMAND DOCS; what is not as expected is left out, never guessed. */
export function readCommandDocs(reply: RespView): readonly CommandDoc[] {
  return entriesOf(reply)
    .flatMap(([key, value]) => {
      const name = textOf(key);
      if (name === null) return [];
      const fields = new Map(entriesOf(value).map(([field, one]) => [textOf(field), one]));
      const usage = itemsOf(fields.get('arguments')).map(usageOf).join(' ');
      return [
        {
          name: name.toUpperCase(),
          summary: textOf(fields.get('summary')) ?? '',
          group: textOf(fields.get('group')) ?? '',
          usage,
        },
      ];
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** `key`, `[EX seconds]`, `element [element …]`. */
function usageOf(argument: RespView): string {
  const fields = new Map(entriesOf(argument).map(([field, one]) => [textOf(field), one]));
  const name = textOf(fields.get('name')) ?? '';
  const token = textOf(fields.get('token'));
  const parts = itemsOf(fields.get('arguments')).map(usageOf);
  const type = textOf(fields.get('type'));
  const inner = parts.length === 0 ? name : parts.join(type === 'oneof' ? '|' : ' ');
  const body =
    type === 'pure-token' ? (token ?? name) : token === null ? inner : `${token} ${inner}`;
  const flags = itemsOf(fields.get('flags')).map(textOf);
  const many = flags.includes('multiple') ? `${body} [${body} …]` : body;
  return flags.includes('optional') ? `[${many}]` : many;
}

/** The commands that may be meant by what has been typed so far, at most `max`. */
export function completionsFor(
  docs: readonly CommandDoc[],
  typed: string,
  max: number,
): readonly CommandDoc[] {
  const start = typed.trimStart().toUpperCase();
  const word = start.split(/\s/)[0] ?? '';
  if (start === '') return docs.slice(0, max);
  // Once the name is complete, its own arguments are what is left to say.
  if (start.includes(' ')) return docs.filter(({ name }) => name === word).slice(0, 1);
  return docs.filter(({ name }) => name.startsWith(start)).slice(0, max);
}

function entriesOf(view: RespView | undefined): readonly (readonly [RespView, RespView])[] {
  if (view?.type === 'map') return view.entries;
  // RESP2 has no maps: names and values take turns.
  const items = itemsOf(view);
  return items.flatMap((item, at) => {
    const value = items[at + 1];
    return at % 2 === 0 && value !== undefined ? [[item, value] as const] : [];
  });
}

function itemsOf(view: RespView | undefined): readonly RespView[] {
  const isList = view?.type === 'array' || view?.type === 'set' || view?.type === 'push';
  return isList ? view.items : [];
}

function textOf(view: RespView | undefined): string | null {
  return view !== undefined && 'text' in view ? view.text : null;
}
