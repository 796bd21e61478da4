import type { IconName } from '../../ui/icon.tsx';
import type { ShortcutId } from '../shell/shortcuts.ts';

/** What most lines have in common. */
export const PLAIN = {
  also: '',
  sends: null,
  shortcut: null,
  disabledReason: null,
  onlyFound: false,
} as const;

/** A line of the palette. */
export interface PaletteCommand {
  readonly id: string;
  /** What it is about: 'node-1, leader', 'Cluster', 'Go to'. */
  readonly group: string;
  readonly words: string;
  /** Other words that it is found by. */
  readonly also: string;
  readonly icon: IconName;
  /** What is sent, as a line for a terminal; null where there is none. */
  readonly sends: string | null;
  readonly shortcut: ShortcutId | null;
  /** Why not now; null when it can be done. */
  readonly disabledReason: string | null;
  /** Only shown once something was typed: there are many like it. */
  readonly onlyFound: boolean;
  readonly run: () => void;
}
