import { type JSX, type KeyboardEvent, useState } from 'react';

import { Button } from '../../ui/button.tsx';
import {
  chordOf,
  keyLabel,
  keyProblem,
  keysOf,
  type Shortcut,
  SHORTCUT_GROUPS,
  type ShortcutId,
  SHORTCUTS,
} from '../shell/shortcuts.ts';
import './keys-group.css';

interface KeysGroupProps {
  /** Those that were put elsewhere. */
  readonly keys: Readonly<Record<string, string>>;
  readonly onChange: (keys: Readonly<Record<string, string>>) => void;
}

/** Every key, and the way to another one for what it does. */
export function KeysGroup({ keys, onChange }: KeysGroupProps): JSX.Element {
  const [waiting, setWaiting] = useState<ShortcutId | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const wait = (id: ShortcutId | null): void => {
    setWaiting(id);
    setProblem(null);
  };
  const take = (id: ShortcutId, chord: string): void => {
    const found = keyProblem(id, chord);
    if (found === null) {
      wait(null);
      onChange({ ...keys, [id]: chord });
    } else setProblem(`${keyLabel(chord)}: ${found}`);
  };
  const reset = (id: ShortcutId): void => {
    wait(null);
    onChange(Object.fromEntries(Object.entries(keys).filter(([other]) => other !== id)));
  };
  return (
    <section aria-label="Keys" className="settings-group">
      <h2>Keys</h2>
      {SHORTCUT_GROUPS.map(({ scope, title }) => (
        <details key={scope} className="keys-group">
          <summary>{title}</summary>
          <ul aria-label={title}>
            {SHORTCUTS.filter((one) => one.scope === scope).map((shortcut) => (
              <KeyRow
                key={shortcut.id}
                shortcut={shortcut}
                own={keys[shortcut.id] !== undefined}
                waiting={waiting === shortcut.id}
                problem={waiting === shortcut.id ? problem : null}
                onWait={wait}
                onTake={(chord) => take(shortcut.id, chord)}
                onReset={() => reset(shortcut.id)}
              />
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}

interface KeyRowProps {
  readonly shortcut: Shortcut;
  readonly own: boolean;
  readonly waiting: boolean;
  readonly problem: string | null;
  readonly onWait: (id: ShortcutId | null) => void;
  readonly onTake: (chord: string) => void;
  readonly onReset: () => void;
}

const MODIFIERS = new Set(['Control', 'Shift', 'Alt', 'Meta', 'AltGraph']);

function KeyRow(props: KeyRowProps): JSX.Element {
  const { shortcut, own, waiting, problem, onWait, onTake, onReset } = props;
  const onKeyDown = (event: KeyboardEvent<HTMLLIElement>): void => {
    // Tab leaves the row as it always does.
    if (!waiting || event.key === 'Tab' || MODIFIERS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') onWait(null);
    else onTake(chordOf(event));
  };
  return (
    <li className="keys-row" onKeyDown={onKeyDown} onBlur={() => waiting && onWait(null)}>
      <span className="keys-does">{shortcut.does}</span>
      {problem !== null && (
        <span className="keys-problem" role="alert">
          {problem}
        </span>
      )}
      <span className="keys-now">
        {keysOf(shortcut).map((chord) => (
          <kbd key={chord} className="key">
            {keyLabel(chord)}
          </kbd>
        ))}
      </span>
      {own && (
        <Button size="small" kind="quiet" onClick={onReset}>
          Reset<span className="visually-hidden"> {shortcut.does}</span>
        </Button>
      )}
      <Button size="small" onClick={() => onWait(waiting ? null : shortcut.id)}>
        {waiting ? 'Press a key' : 'Change'}
        <span className="visually-hidden"> for {shortcut.does}</span>
      </Button>
    </li>
  );
}
