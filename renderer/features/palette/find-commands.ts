import { fuzzyMatch, type Range } from './fuzzy.ts';
import type { PaletteCommand } from './palette-command.ts';

/** A command that was found, and where its words match. */
export interface Found {
  readonly command: PaletteCommand;
  readonly ranges: readonly Range[];
}

/** Some commands under one heading. */
export interface FoundGroup {
  readonly title: string;
  readonly rows: readonly Found[];
}

const RECENT_SHOWN = 4;
/** As much as two words that match a little better. */
const RECENT_BONUS = 15;
/** What cannot be done now comes after what can, where both match alike. */
const BLOCKED_MALUS = 30;

/**
 * What the palette shows: with nothing typed what was run last, then everything by subject; else what
 * matches, the best first.
 */
export function findCommands(
  commands: readonly PaletteCommand[],
  query: string,
  recent: readonly string[],
): readonly FoundGroup[] {
  return query.trim() === '' ? bySubject(commands, recent) : byMatch(commands, query, recent);
}

function bySubject(
  commands: readonly PaletteCommand[],
  recent: readonly string[],
): readonly FoundGroup[] {
  const again = recent
    .flatMap((id) => commands.filter((command) => command.id === id))
    .filter(({ disabledReason }) => disabledReason === null)
    .slice(0, RECENT_SHOWN);
  const groups = new Map<string, Found[]>();
  for (const command of again) push(groups, 'Recent', command);
  for (const command of commands) {
    if (!command.onlyFound && !again.includes(command)) push(groups, command.group, command);
  }
  return [...groups].map(([title, rows]) => ({ title, rows }));
}

function push(groups: Map<string, Found[]>, title: string, command: PaletteCommand): void {
  const rows = groups.get(title) ?? [];
  groups.set(title, rows);
  rows.push({ command, ranges: [] });
}

function byMatch(
  commands: readonly PaletteCommand[],
  query: string,
  recent: readonly string[],
): readonly FoundGroup[] {
  const scored = commands.flatMap((command) => {
    const { words, also, group, sends, id, disabledReason } = command;
    const match = fuzzyMatch(query, { words, also: `${also} ${group} ${sends ?? ''}` });
    if (match === null) return [];
    const bonus = recent.includes(id) ? RECENT_BONUS : 0;
    const malus = disabledReason === null ? 0 : BLOCKED_MALUS;
    return [{ command, ranges: match.ranges, score: match.score + bonus - malus }];
  });
  const rows = scored.sort((left, right) => right.score - left.score);
  return rows.length === 0 ? [] : [{ title: 'Found', rows }];
}

/** What was run, newest first; bounded. */
export function withRecent(recent: readonly string[], id: string): readonly string[] {
  return [id, ...recent.filter((one) => one !== id)].slice(0, 20);
}
