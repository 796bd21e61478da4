import type { JSX, ReactNode, Ref } from 'react';

import './button.css';
import { Icon, type IconName } from './icon.tsx';
import { Tooltip } from './tooltip.tsx';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly kind?: 'normal' | 'primary' | 'danger' | 'danger-filled' | 'quiet';
  readonly size?: 'small' | 'normal' | 'large';
  readonly icon?: IconName;
  /** The single key that does the same, shown at the end. */
  readonly keyHint?: string;
  /** Why it cannot be used now. It stays reachable by keyboard, so that the reason can be read. */
  readonly disabledReason?: string | null;
  readonly busy?: boolean;
  readonly title?: string;
  readonly ref?: Ref<HTMLButtonElement>;
  /** Gets the focus when the dialog that it is in opens. */
  readonly focusFirst?: boolean;
}

/** A button with a word on it. */
export function Button({
  children,
  onClick,
  kind = 'normal',
  size = 'normal',
  icon,
  keyHint,
  disabledReason = null,
  busy = false,
  title,
  ref,
  focusFirst = false,
}: ButtonProps): JSX.Element {
  const blocked = busy || disabledReason !== null;
  // Always inside a tooltip: one that came and went would put a new button in its place, unfocused.
  return (
    <Tooltip text={disabledReason ?? title ?? null}>
      <button
        ref={ref}
        type="button"
        className={`button button-${kind} button-${size}`}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        data-focus-first={focusFirst || undefined}
        onClick={() => {
          if (!blocked) onClick();
        }}
      >
        {icon !== undefined && <Icon name={icon} />}
        <span className="button-label">{children}</span>
        {keyHint !== undefined && (
          <span className="key-hint" aria-hidden="true">
            {keyHint}
          </span>
        )}
      </button>
    </Tooltip>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly size?: 'small' | 'normal';
  /** Why it does nothing now; null when it does. */
  readonly disabledReason?: string | null;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button that is only a picture; its label is its name and its tooltip. */
export function IconButton({
  icon,
  label,
  onClick,
  size = 'normal',
  disabledReason = null,
  ref,
}: IconButtonProps): JSX.Element {
  return (
    <Tooltip text={disabledReason ?? label}>
      <button
        ref={ref}
        type="button"
        className={`button button-quiet button-icon button-${size}`}
        aria-label={label}
        aria-disabled={disabledReason !== null || undefined}
        onClick={() => {
          if (disabledReason === null) onClick();
        }}
      >
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}
