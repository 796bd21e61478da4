import { type JSX, type KeyboardEvent, useId, useState } from 'react';

import type { CommandDoc } from './command-docs.ts';
import { completionsFor } from './command-docs.ts';

interface ConsoleInputProps {
  readonly prompt: string;
  readonly lines: readonly string[];
  readonly docs: readonly CommandDoc[];
  /** Why nothing can be sent, or null. */
  readonly disabledReason: string | null;
  readonly problem: string | null;
  /** The line has changed, so that what was said of it does not hold any more. */
  readonly onType: () => void;
  /** Several lines were pasted, which one field would run into one command. */
  readonly onPasteLines: (count: number) => void;
  /** False when the line could not be sent and is to stay. */
  readonly onSend: (line: string) => boolean;
}

const COMPLETIONS_MAX = 8;

interface Line {
  readonly line: string;
  /** What may be meant by it, and which of that is chosen; null while the list is closed. */
  readonly list: { readonly shown: readonly CommandDoc[]; readonly chosen: number } | null;
  readonly type: (text: string) => void;
  readonly accept: (doc: CommandDoc | undefined) => void;
  readonly close: () => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void;
}

/** What is typed, with what completes it and what was typed before. */
function useLine({ lines, docs, disabledReason, onType, onSend }: ConsoleInputProps): Line {
  const [line, setLine] = useState('');
  const [list, setList] = useState<{ readonly chosen: number; readonly all: boolean } | null>(null);
  /** How far back in what was typed before; 0 is the line itself. */
  const [back, setBack] = useState(0);
  const shown =
    list === null
      ? []
      : completionsFor(docs, list.all ? '' : line, list.all ? 500 : COMPLETIONS_MAX);
  const open = list !== null && shown.length > 0;

  const type = (text: string): void => {
    onType();
    setLine(text);
    setBack(0);
    setList(text.trim() === '' ? null : { chosen: 0, all: false });
  };
  const accept = (doc: CommandDoc | undefined): void => {
    if (doc === undefined) return;
    const rest = /\s/.test(line.trimStart()) ? line.trimStart().replace(/^\S+\s*/, '') : '';
    setLine(`${doc.name} ${rest}`);
    setList(null);
  };
  const recall = (steps: number): void => {
    const next = Math.min(lines.length, Math.max(0, back + steps));
    setBack(next);
    setList(null);
    setLine(next === 0 ? '' : (lines.at(-next) ?? ''));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const chosen = list?.chosen ?? 0;
    const choose = (at: number): void =>
      setList({ chosen: (at + shown.length) % shown.length, all: list?.all ?? false });
    const keys: Record<string, (() => void) | undefined> = {
      Enter: () => {
        if (disabledReason !== null || !onSend(line)) return;
        type('');
      },
      Tab: open ? () => accept(shown[chosen]) : undefined,
      Escape: open ? () => setList(null) : undefined,
      ArrowUp: open ? () => choose(chosen - 1) : () => recall(1),
      ArrowDown: open ? () => choose(chosen + 1) : () => recall(-1),
      ' ': event.ctrlKey ? () => setList({ chosen: 0, all: true }) : undefined,
    };
    const act = event.shiftKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return {
    line,
    list: open ? { shown, chosen: list.chosen } : null,
    type,
    accept,
    close: () => setList(null),
    onKeyDown,
  };
}

/** How many lines of a text say something. */
export function linesOf(text: string): number {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '').length;
}

/** The line: completion opens upward, arrow keys walk it, or what was typed before. */
export function ConsoleInput(props: ConsoleInputProps): JSX.Element {
  const { prompt, disabledReason, problem, onPasteLines } = props;
  const listId = useId();
  const { line, list, type, accept, close, onKeyDown } = useLine(props);
  return (
    <div className="console-input">
      {list !== null && (
        <Completions
          id={listId}
          typed={line.trim()}
          docs={list.shown}
          chosen={list.chosen}
          onAccept={accept}
        />
      )}
      {problem !== null && (
        <p role="alert" className="console-problem">
          {problem}
        </p>
      )}
      <div className="console-prompt-line">
        <span className="console-prompt" aria-hidden="true">
          {prompt} ›
        </span>
        <input
          className="console-field"
          role="combobox"
          aria-label={`Command for ${prompt}`}
          aria-expanded={list !== null}
          aria-controls={list === null ? undefined : listId}
          aria-activedescendant={list === null ? undefined : `${listId}-${String(list.chosen)}`}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={line}
          placeholder={disabledReason ?? 'SET key value'}
          readOnly={disabledReason !== null}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = linesOf(event.clipboardData.getData('text/plain'));
            if (pasted < 2) return;
            event.preventDefault();
            onPasteLines(pasted);
          }}
          onBlur={close}
        />
        <span className="faint console-keys" aria-hidden="true">
          ⏎ send · Tab complete · Ctrl Space all
        </span>
      </div>
    </div>
  );
}

function Completions({
  id,
  typed,
  docs,
  chosen,
  onAccept,
}: {
  readonly id: string;
  readonly typed: string;
  readonly docs: readonly CommandDoc[];
  readonly chosen: number;
  readonly onAccept: (doc: CommandDoc) => void;
}): JSX.Element {
  return (
    <ul id={id} role="listbox" aria-label="Commands" className="completions">
      {docs.map((doc, at) => {
        const matched = Math.min(doc.name.length, typed.split(/\s/)[0]?.length ?? 0);
        return (
          <li
            key={doc.name}
            id={`${id}-${String(at)}`}
            role="option"
            aria-selected={at === chosen}
            ref={(element) => {
              if (at === chosen) element?.scrollIntoView({ block: 'nearest' });
            }}
            onPointerDown={(event) => {
              // The focus stays in the line.
              event.preventDefault();
              onAccept(doc);
            }}
          >
            <code className="truncate">
              <strong>{doc.name.slice(0, matched)}</strong>
              {doc.name.slice(matched)} <span className="muted">{doc.usage}</span>
            </code>
            <span className="muted truncate">{doc.summary}</span>
          </li>
        );
      })}
    </ul>
  );
}
