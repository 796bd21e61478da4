import type { JSX, KeyboardEvent } from 'react';

import { Icon } from '../../ui/icon.tsx';

interface QueryFieldProps {
  readonly listId?: string;
  readonly chosenId: string | null;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
}

/** Where the palette's words are typed. */
export function QueryField(props: QueryFieldProps): JSX.Element {
  const { listId, chosenId, query, onQuery, onKeyDown } = props;
  return (
    <label className="palette-query">
      <Icon name="search" size={20} />
      <input
        type="text"
        role="combobox"
        aria-label="Find a command"
        aria-expanded={listId !== undefined}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={chosenId === null ? undefined : `${listId ?? ''}-${chosenId}`}
        placeholder="Type a command, a node or a setting"
        spellCheck={false}
        autoComplete="off"
        maxLength={200}
        value={query}
        onChange={({ target }) => onQuery(target.value)}
        onKeyDown={onKeyDown}
      />
      <kbd className="key">Esc</kbd>
    </label>
  );
}
