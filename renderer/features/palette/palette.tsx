import { type JSX, type KeyboardEvent, useId, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { useStore } from 'zustand';

import { useActReason, useApp } from '../app-context.tsx';
import { copyAndSay } from '../copy-and-say.ts';
import { keyLabel } from '../shell/shortcuts.ts';
import { findCommands, type Found, type FoundGroup, withRecent } from './find-commands.ts';
import type { PaletteCommand } from './palette-command.ts';
import { paletteCommands } from './palette-commands.ts';
import { PaletteRow } from './palette-row.tsx';
import { PaletteSheet } from './palette-sheet.tsx';
import { QueryField } from './query-field.tsx';

/** No row is chosen: Enter runs nothing that nobody has typed for or gone to. */
const NONE_CHOSEN = -1;

interface PaletteProps {
  /** What was typed before the palette was there. */
  readonly typed: string;
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

/** Everything that can be done, found by typing. */
export function Palette({ typed, onClose, onHelp }: PaletteProps): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  // The picture goes on behind it; a list that changed under the hand would be of no use.
  const commands = useMemo(
    () => paletteCommands({ app, actReason, onHelp }),
    [app, actReason, onHelp],
  );
  const recent = useStore(app.recent, ({ ids }) => ids);
  const [query, setQuery] = useState(typed);
  const [at, setAt] = useState(() => firstChosen(typed));
  const groups = findCommands(commands, query, recent);
  const rows = groups.flatMap((group) => group.rows);
  const chosen = at < 0 ? null : (rows[Math.min(at, rows.length - 1)]?.command ?? null);
  const listId = useId();

  const run = (command: PaletteCommand): void => {
    if (command.disabledReason !== null) return;
    app.recent.setState(({ ids }) => ({ ids: withRecent(ids, command.id) }));
    // The focus is back where it was before the command moves it, or opens a sheet.
    flushSync(onClose);
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = STEPS[event.key];
    if (step !== undefined && rows.length > 0) {
      setAt(step(Math.min(at, rows.length - 1), rows.length));
    } else if (event.key === 'Enter' && chosen !== null) run(chosen);
    else if (isCopy(event) && typeof chosen?.sends === 'string') copyAndSay(app, chosen.sends);
    else return;
    event.preventDefault();
  };
  return (
    <PaletteSheet onClose={onClose}>
      <QueryField
        listId={listId}
        chosenId={chosen?.id ?? null}
        query={query}
        onQuery={(text) => {
          setQuery(text);
          setAt(firstChosen(text));
        }}
        onKeyDown={onKeyDown}
      />
      <CommandList
        id={listId}
        groups={groups}
        chosen={chosen}
        onRun={run}
        onPoint={(row) => setAt(rows.indexOf(row))}
      />
      {rows.length === 0 && <Nothing query={query} />}
      <Footer shown={rows.length} all={commands.length} />
    </PaletteSheet>
  );
}

/** With nothing typed the first row is only the first in order, and it may be one that stops a node. */
function firstChosen(query: string): number {
  return query.trim() === '' ? NONE_CHOSEN : 0;
}

interface CommandListProps {
  readonly id: string;
  readonly groups: readonly FoundGroup[];
  readonly chosen: PaletteCommand | null;
  readonly onRun: (command: PaletteCommand) => void;
  readonly onPoint: (row: Found) => void;
}

function CommandList({ id, groups, chosen, onRun, onPoint }: CommandListProps): JSX.Element {
  return (
    <div id={id} role="listbox" aria-label="Commands" className="palette-list">
      {groups.map(({ title, rows }) => (
        <div key={title} role="group" aria-label={title}>
          <div className="palette-group" aria-hidden="true">
            {title}
          </div>
          {rows.map((row) => (
            <PaletteRow
              key={row.command.id}
              id={`${id}-${row.command.id}`}
              found={row}
              chosen={row.command === chosen}
              onRun={() => onRun(row.command)}
              onPoint={() => onPoint(row)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

const PAGE = 8;

const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at <= 0 ? count : at) - 1,
  PageDown: (at, count) => Math.min(at + PAGE, count - 1),
  PageUp: (at) => Math.max(at - PAGE, 0),
};

/** Ctrl+C copies the command, unless some of the query is selected. */
function isCopy({
  key,
  ctrlKey,
  metaKey,
  currentTarget,
}: KeyboardEvent<HTMLInputElement>): boolean {
  const nothingSelected = currentTarget.selectionStart === currentTarget.selectionEnd;
  return key.toLowerCase() === 'c' && (ctrlKey || metaKey) && nothingSelected;
}

function Nothing({ query }: { readonly query: string }): JSX.Element {
  return (
    <p className="palette-nothing" role="status">
      Nothing matches <strong>{query.trim()}</strong>. Try a node, a screen or a word such as{' '}
      <em>snapshot</em>.
    </p>
  );
}

function Footer({ shown, all }: { readonly shown: number; readonly all: number }): JSX.Element {
  return (
    <p className="palette-foot">
      <span>
        <kbd className="key">↑</kbd> <kbd className="key">↓</kbd> choose
      </span>
      <span>
        <kbd className="key">{keyLabel('Enter')}</kbd> run
      </span>
      <span>
        <kbd className="key">{keyLabel('Ctrl+C')}</kbd> copy as command
      </span>
      <span className="palette-count">
        {shown} of {all} commands
      </span>
    </p>
  );
}
