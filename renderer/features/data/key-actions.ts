import type { KeyChange, KeyChangeRequest } from '../../../main/contract/keys.ts';
import type { AppState } from '../../state/app-state.ts';
import { UNDO_MS } from '../../state/toasts.ts';
import { formatCount } from '../../ui/format.ts';
import { act } from '../act.ts';
import { shownKey } from './bytes.ts';

/** A change of a key, and what is said and done when it is answered. */
export interface KeyAct {
  readonly clusterId: string;
  readonly key: string;
  readonly change: KeyChangeRequest;
  /** For the start of an error: 'Set'. */
  readonly what: string;
  /** For the start of what is said: 'user:7 is set'. */
  readonly said: string;
  /** What the key held as far as whoever changes it knows; something else is said, and can be put back. */
  readonly expected?: string;
  /** What undoes it, made from what it replaced; null where nothing does. */
  readonly undo?: (before: string) => KeyChangeRequest | null;
  readonly changed: () => void;
  readonly failed?: (message: string) => void;
}

const REFUSED: Readonly<Record<KeyChangeRequest['type'], string>> = {
  create: 'There is such a key already. Nothing was changed.',
  set: 'The key is gone: it expired or was deleted. Nothing was changed.',
  expire: 'The key is gone: it expired or was deleted. Nothing was changed.',
  persist: 'The key had no expiry, or is gone. Nothing was changed.',
  delete: 'The key was gone already. Nothing was changed.',
};

/** Changes a key through the leader, and says which entry it is in at the latest. */
export function changeKey(app: AppState, given: KeyAct): void {
  const { clusterId, key, change, what, said } = given;
  void act(app, {
    key: `key/${clusterId}/${key}`,
    what: `${what} ${shortName(key)}`,
    call: async () => {
      const result = await app.api.changeKey({ clusterId, key, change });
      if (!result.ok || result.value.done) return result;
      const message = REFUSED[change.type];
      return { ok: false, error: { code: 'E_STATE', message } };
    },
    ...(given.failed === undefined ? {} : { failed: given.failed }),
    done: (done) => {
      given.changed();
      const other =
        given.expected !== undefined && done.before !== null && done.before !== given.expected;
      const overwrote = other ? ' It held something else by then, which was replaced.' : '';
      const back = done.before === null ? null : (given.undo?.(done.before) ?? null);
      return {
        text: `${said}, ${entryWords(done)}.${overwrote}`,
        // To make a key that is gone overwrites nothing, however late; to set one might.
        shownMs: back?.type === 'create' ? UNDO_MS : null,
        action:
          back === null
            ? null
            : {
                label: 'Undo',
                acts: true,
                run: () => changeKey(app, undone(given, back)),
              },
      };
    },
  });
}

function undone({ clusterId, key, changed }: KeyAct, change: KeyChangeRequest): KeyAct {
  const said = `${shortName(key)} is as it was`;
  return { clusterId, key, change, changed, what: 'Put back', said };
}

/** A write is in the log before it is answered, and in no later entry than what is applied by then. */
export function entryWords({ appliedIndex, term }: KeyChange): string {
  return `by entry ${formatCount(appliedIndex)}, term ${formatCount(term)}`;
}

const NAME_MAX = 40;

/** A key in the middle of a sentence. */
export function shortName(key: string): string {
  const shown = shownKey(key);
  return shown.length <= NAME_MAX ? shown : `${shown.slice(0, NAME_MAX)}…`;
}

/** Two lines of a terminal each, so that no request is larger than what the host takes. */
const SAMPLES = 1_000;
const PER_COMMAND = 250;
const NAMES = [
  'Ada',
  'Grace',
  'Edsger',
  'Barbara',
  'Leslie',
  'Radia',
  'Donald',
  'Frances',
] as const;

/** The commands that write a thousand keys to try things with. */
export function sampleCommands(): readonly (readonly string[])[] {
  const pairs = Array.from({ length: SAMPLES }, (_, at): readonly [string, string] => {
    const number = Math.floor(at / 4);
    const name = NAMES[number % NAMES.length] ?? '';
    switch (at % 4) {
      case 0:
        return [`user:${String(number)}`, JSON.stringify({ n: name, plan: 'pro', seats: number })];
      case 1:
        return [`order:${String(number)}`, `paid ${String(number * 7)} EUR`];
      case 2:
        return [`stock:A-${String(1_000 + number)}`, String(number * 3)];
      default:
        return [`session:${String(number)}:token`, `t-${(number * 2_654_435_761).toString(36)}`];
    }
  });
  return Array.from({ length: SAMPLES / PER_COMMAND }, (_, at) => [
    'MSET',
    ...pairs.slice(at * PER_COMMAND, (at + 1) * PER_COMMAND).flat(),
  ]);
}

/** Writes them through the log, as anybody would. */
export function loadSamples(app: AppState, clusterId: string, changed: () => void): void {
  void act(app, {
    key: `samples/${clusterId}`,
    what: 'Load sample keys',
    call: async () => {
      for (const args of sampleCommands()) {
        const request = { clusterId, nodeId: null, args, followRedirects: true };
        const result = await app.api.sendCommand(request);
        if (!result.ok) return result;
        const { reply } = result.value;
        if (reply.type === 'error') {
          return { ok: false, error: { code: 'E_REFUSED', message: reply.text } };
        }
      }
      return { ok: true, value: null };
    },
    done: () => {
      changed();
      return { text: `${formatCount(SAMPLES)} sample keys were written through the log.` };
    },
  });
}
