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
  | 'palette'
  | 'help'
  | 'next-pane'
  | 'previous-pane'
  | 'new-cluster'
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
  | 'rebuild'
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
  { id: 'palette', scope: 'anywhere', keys: ['Ctrl+K', 'F1'], does: 'Find a command' },
  { id: 'help', scope: 'anywhere', keys: ['?'], does: 'Show this list' },
  { id: 'next-pane', scope: 'anywhere', keys: ['F6'], does: 'Next part of the window' },
  { id: 'previous-pane', scope: 'anywhere', keys: ['Shift+F6'], does: 'Previous part' },
  // In a browser these keys are the browser's own.
  { id: 'new-cluster', scope: 'anywhere', keys: ['Ctrl+N'], does: 'New cluster' },
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
  { id: 'rebuild', scope: 'nodes', keys: ['B'], does: 'Rebuild a damaged node from the leader' },
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

/** Where shortcuts act, as headings. */
export const SHORTCUT_GROUPS: readonly { readonly scope: ShortcutScope; readonly title: string }[] =
  [
    { scope: 'anywhere', title: 'Anywhere' },
    { scope: 'nodes', title: 'While the ring or the table has the focus' },
    { scope: 'time', title: 'While the timeline has the focus' },
    { scope: 'data', title: 'On Data, single keys in the list' },
  ];

/** Keys that the user has put elsewhere: part of the one list, so that nobody has to hand them on. */
let ownKeys: Readonly<Record<string, string>> = {};

/** Takes over what the settings say. */
export function setOwnKeys(keys: Readonly<Record<string, string>>): void {
  ownKeys = keys;
}

/** The keys in force: the user's own, else those it comes with. */
export function keysOf({ id, keys }: Shortcut): readonly string[] {
  const own = ownKeys[id];
  return own === undefined ? keys : [own];
}

/** Keys that a keyboard user needs everywhere. */
const RESERVED = new Set(['Tab', 'Shift+Tab', 'Enter', 'Escape', 'Space']);

/** Why a shortcut cannot have this key, or null. */
export function keyProblem(id: ShortcutId, chord: string): string | null {
  const shortcut = SHORTCUTS.find((one) => one.id === id);
  if (shortcut === undefined || RESERVED.has(chord)) {
    return 'This key keeps its own meaning everywhere.';
  }
  // A function key types nothing; what does must not act while somebody types.
  if (shortcut.scope === 'anywhere' && /^(Shift\+)?.$/.test(chord)) {
    return 'Hold Ctrl or Alt with it: a key alone would act while somebody types.';
  }
  const meets = (one: Shortcut): boolean =>
    one.scope === shortcut.scope || one.scope === 'anywhere' || shortcut.scope === 'anywhere';
  const other = SHORTCUTS.find((one) => one.id !== id && meets(one) && keysOf(one).includes(chord));
  return other === undefined ? null : `${other.does} has this key already.`;
}

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
  const found = SHORTCUTS.find((one) => one.scope === scope && keysOf(one).includes(chord));
  return found?.id ?? null;
}

/** A press as it is written down: `Ctrl+Shift+C`. */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
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
  Enter: '⏎',
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
  const shortcut = SHORTCUTS.find((one) => one.id === id);
  const chord = shortcut === undefined ? undefined : keysOf(shortcut)[0];
  return chord === undefined ? '' : keyLabel(chord);
}
