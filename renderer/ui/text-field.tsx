import { type JSX, type ReactNode, useId } from 'react';

import './field.css';
import { Icon, type IconName } from './icon.tsx';

interface TextFieldProps {
  readonly label: string;
  /** Shown beside the label, or hidden from sight where the surroundings say what it is. */
  readonly hideLabel?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onEnter?: () => void;
  readonly placeholder?: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  readonly icon?: IconName;
  /** Gets the focus when the dialog that it is in opens. */
  readonly focusFirst?: boolean;
  readonly numeric?: boolean;
  readonly maxLength?: number;
}

export function TextField({
  label,
  hideLabel = false,
  value,
  onChange,
  onEnter,
  placeholder,
  hint,
  error = null,
  icon,
  focusFirst = false,
  numeric = false,
  maxLength = 200,
}: TextFieldProps): JSX.Element {
  const id = useId();
  const noteId = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : 'field-label'}>
        {label}
      </label>
      <span className={error === null ? 'field-box' : 'field-box field-box-wrong'}>
        {icon !== undefined && <Icon name={icon} />}
        <input
          id={id}
          value={value}
          placeholder={placeholder}
          maxLength={maxLength}
          inputMode={numeric ? 'numeric' : undefined}
          spellCheck={false}
          autoComplete="off"
          data-focus-first={focusFirst || undefined}
          aria-invalid={error === null ? undefined : true}
          aria-describedby={note === undefined ? undefined : noteId}
          onChange={({ target }) => onChange(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || onEnter === undefined) return;
            // Else what gets the focus when this closes a sheet is pressed by the same Enter.
            event.preventDefault();
            onEnter();
          }}
        />
      </span>
      {note !== undefined && (
        <span id={noteId} className={error === null ? 'field-note' : 'field-note field-note-wrong'}>
          {note}
        </span>
      )}
    </div>
  );
}
