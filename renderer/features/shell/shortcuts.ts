import type { Screen } from '../../state/route.ts';
import { SCREENS } from './screens.ts';

/*
 * Every key that does something, once: the handlers, the hints on the buttons and the sheet behind `?`
 * all read this list. Single letters act only while the ring or the table has the focus, so that
 * nobody kills a node by typing (WCAG 2.1.4).
 */

export type ShortcutScope = 'anywhere' | 'nodes' | 'time' | 'data';

export interface Shortcut {
  readonly id: ShortcutId;
  readonly scope: ShortcutScope;
  /** `Ctrl` is the Command key on a Mac. */
  readonly keys: readonly string[];
  readonly does: string;
}

export type ShortcutId =
  | 'help'
  | `screen-${Screen}`
  | 'copy-connect'
  | 'heal'
  | 'go-leader'
  | 'next-node'
  | 'previous-node'
  | 'first-node'
  | 'last-node'
  | 'inspector'
  | 'why'
  | 'start-stop'
  | 'kill'
  | 'restart'
  | 'freeze'
  | 'election'
  | 'partition'
  | 'delay'
  | 'add-peer'
  | 'remove'
  | 'time-pause'
  | 'time-previous'
  | 'time-next'
  | 'time-previous-term'
  | 'time-next-term'
  | 'time-back'
  | 'time-forward'
  | 'time-page-back'
  | 'time-page-forward'
  | 'time-start'
  | 'time-live'
  | 'time-bookmark'
  | 'data-refresh'
  | 'data-find'
  | 'data-new'
  | 'data-delete';

export const SHORTCUTS: readonly Shortcut[] = [
  { id: 'help', scope: 'anywhere', keys: ['?', 'F1'], does: 'Show this list' },
  ...SCREENS.map(({ screen, keys, label }): Shortcut => {
    return { id: `screen-${screen}`, scope: 'anywhere', keys, does: label };
  }),
  {
    id: 'copy-connect',
    scope: 'anywhere',
    keys: ['Ctrl+Shift+C'],
    does: 'Copy the redis-cli line',
  },
  { id: 'heal', scope: 'anywhere', keys: ['Shift+H'], does: 'Heal everything (or Esc Esc)' },
  { id: 'next-node', scope: 'nodes', keys: ['ArrowRight', 'ArrowDown'], does: 'Next node' },
  { id: 'previous-node', scope: 'nodes', keys: ['ArrowLeft', 'ArrowUp'], does: 'Previous node' },
  { id: 'first-node', scope: 'nodes', keys: ['Home'], does: 'First node' },
  { id: 'last-node', scope: 'nodes', keys: ['End'], does: 'Last node' },
  { id: 'go-leader', scope: 'nodes', keys: ['L'], does: 'Go to the leader' },
  { id: 'start-stop', scope: 'nodes', keys: ['S'], does: 'Start or stop the node' },
  { id: 'kill', scope: 'nodes', keys: ['K'], does: 'Kill the node (kill -9)' },
  { id: 'restart', scope: 'nodes', keys: ['R'], does: 'Restart the node' },
  { id: 'freeze', scope: 'nodes', keys: ['F'], does: 'Freeze or resume the node' },
  { id: 'election', scope: 'nodes', keys: ['T'], does: 'Start an election at the node' },
  { id: 'partition', scope: 'nodes', keys: ['P'], does: 'Partition the network' },
  { id: 'delay', scope: 'nodes', keys: ['D'], does: 'Delay the links of the node' },
  { id: 'add-peer', scope: 'nodes', keys: ['A'], does: 'Add a peer' },
  { id: 'remove', scope: 'nodes', keys: ['Delete'], does: 'Remove the node from the cluster' },
  { id: 'inspector', scope: 'nodes', keys: ['I'], does: 'Show or hide the inspector' },
  { id: 'why', scope: 'nodes', keys: ['W'], does: 'Why? What keeps the cluster from working' },
  { id: 'time-pause', scope: 'time', keys: ['Space'], does: 'Hold the picture, or replay it' },
  { id: 'time-previous', scope: 'time', keys: [','], does: 'Previous event' },
  { id: 'time-next', scope: 'time', keys: ['.'], does: 'Next event' },
  { id: 'time-previous-term', scope: 'time', keys: ['<', '['], does: 'Previous election' },
  { id: 'time-next-term', scope: 'time', keys: ['>', ']'], does: 'Next election' },
  { id: 'time-back', scope: 'time', keys: ['ArrowLeft'], does: 'One second back' },
  { id: 'time-forward', scope: 'time', keys: ['ArrowRight'], does: 'One second on' },
  { id: 'time-page-back', scope: 'time', keys: ['PageUp'], does: 'Half a window back' },
  { id: 'time-page-forward', scope: 'time', keys: ['PageDown'], does: 'Half a window on' },
  { id: 'time-start', scope: 'time', keys: ['Home'], does: 'Start of the recording' },
  { id: 'time-live', scope: 'time', keys: ['End'], does: 'Go live' },
  { id: 'time-bookmark', scope: 'time', keys: ['B'], does: 'Bookmark the moment' },
  { id: 'data-refresh', scope: 'data', keys: ['F5', 'Ctrl+R'], does: 'Read the keys again' },
  { id: 'data-find', scope: 'data', keys: ['Ctrl+F'], does: 'Match keys' },
  { id: 'data-new', scope: 'data', keys: ['N'], does: 'New key' },
  { id: 'data-delete', scope: 'data', keys: ['Delete'], does: 'Delete the key' },
];

/** As much of a keyboard event as a shortcut looks at. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The shortcut that this press means within `scope`, or null. */
export function findShortcut(press: KeyPress, scope: ShortcutScope): ShortcutId | null {
  const chord = chordOf(press);
  const found = SHORTCUTS.find((one) => one.scope === scope && one.keys.includes(chord));
  return found?.id ?? null;
}

function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  const letter = /^[a-z]$/i.test(key);
  const name = key === ' ' ? 'Space' : key;
  const parts = [
    ...(ctrlKey || metaKey ? ['Ctrl'] : []),
    ...(altKey ? ['Alt'] : []),
    // With Shift a sign is another sign; only of letters and named keys does Shift remain.
    ...(shiftKey && (letter || key.length > 1) ? ['Shift'] : []),
    letter ? key.toUpperCase() : name,
  ];
  return parts.join('+');
}

const KEY_WORDS: Readonly<Record<string, string>> = {
  ArrowRight: '→',
  ArrowLeft: '←',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Delete: 'Del',
};

/** A chord as it is printed on keys: `Ctrl 1`, `→`. */
export function keyLabel(chord: string): string {
  return chord
    .split('+')
    .map((part) => KEY_WORDS[part] ?? part)
    .join(' ');
}

/** The key printed on the button that does the same. */
export function keyHint(id: ShortcutId): string {
  const chord = SHORTCUTS.find((one) => one.id === id)?.keys[0];
  return chord === undefined ? '' : keyLabel(chord);
}
