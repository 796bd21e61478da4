import { type JSX, useEffect, useRef } from 'react';

import { Icon } from '../../ui/icon.tsx';
import { keyHint } from '../shell/shortcuts.ts';
import type { Found } from './find-commands.ts';
import type { Range } from './fuzzy.ts';

interface PaletteRowProps {
  readonly id: string;
  readonly found: Found;
  readonly chosen: boolean;
  readonly onRun: () => void;
  readonly onPoint: () => void;
}

/** One command: its words, why not now, what is sent, its key. */
export function PaletteRow({ id, found, chosen, onRun, onPoint }: PaletteRowProps): JSX.Element {
  const { words, icon, sends, shortcut, disabledReason } = found.command;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    // Keys go to the field above, which says by aria-activedescendant which row they mean.
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={chosen}
      aria-disabled={disabledReason !== null || undefined}
      className="palette-row"
      onClick={onRun}
      onPointerMove={onPoint}
    >
      <Icon name={icon} />
      <span className="palette-words truncate">
        <Marked text={words} ranges={found.ranges} />
        {disabledReason !== null && <span className="palette-reason">{disabledReason}</span>}
      </span>
      <code className="palette-sends truncate">{sends}</code>
      <span className="palette-keys">
        {shortcut !== null && <kbd className="key">{keyHint(shortcut)}</kbd>}
      </span>
    </div>
  );
}

/** A text with the letters that were typed in bold. */
function Marked({
  text,
  ranges,
}: {
  readonly text: string;
  readonly ranges: readonly Range[];
}): JSX.Element {
  const parts: JSX.Element[] = [];
  let from = 0;
  for (const [start, end] of ranges) {
    parts.push(<span key={`${String(start)}-`}>{text.slice(from, start)}</span>);
    parts.push(<b key={start}>{text.slice(start, end)}</b>);
    from = end;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}
