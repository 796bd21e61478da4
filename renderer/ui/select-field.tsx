import { type JSX, type ReactNode, useId } from 'react';

import './field.css';
import { Icon } from './icon.tsx';

interface SelectFieldProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly hint?: ReactNode;
}

/** One of several, in the system's own list. */
export function SelectField<T extends string>({
  label,
  options,
  value,
  onChange,
  hint,
}: SelectFieldProps<T>): JSX.Element {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      <span className="field-box field-select">
        <select
          id={id}
          value={value}
          onChange={({ target }) => {
            const chosen = options.find((option) => option.value === target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" />
      </span>
      {hint !== undefined && <span className="field-note">{hint}</span>}
    </div>
  );
}
