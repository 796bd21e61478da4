import { type JSX, type ReactNode, useEffect, useId, useRef } from 'react';

import './dialog.css';
import { IconButton } from './button.tsx';

interface DialogProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  readonly children: ReactNode;
  /** The row of buttons at its foot. */
  readonly footer?: ReactNode;
  readonly wide?: boolean;
  readonly onClose: () => void;
}

/**
 * A sheet over the window. The browser's own modal dialog keeps the focus inside, makes the rest inert,
 * answers Esc and gives the focus back to what had it.
 */
export function Dialog({
  title,
  subtitle,
  children,
  footer,
  wide = false,
  onClose,
}: DialogProps): JSX.Element {
  const titleId = useId();
  const element = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    // Left alone, the browser would put the focus on the button that closes the sheet.
    const first = dialog.querySelector<HTMLElement>('[data-focus-first]') ?? dialog;
    first.focus();
    // What stands there is to be replaced, or left: nobody writes in the middle of it.
    if (first instanceof HTMLInputElement) first.select();
    return () => {
      dialog.close();
      // The browser gives the focus back only to what closes a dialog that is still in the page.
      if (before instanceof HTMLElement || before instanceof SVGElement) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={element}
      className={wide ? 'dialog dialog-wide' : 'dialog'}
      tabIndex={-1}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) onClose();
      }}
    >
      <div className="dialog-sheet">
        <header className="dialog-head">
          <div className="dialog-titles">
            <h2 id={titleId}>{title}</h2>
            {subtitle !== undefined && <p className="muted">{subtitle}</p>}
          </div>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <div className="dialog-body">{children}</div>
        {footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
