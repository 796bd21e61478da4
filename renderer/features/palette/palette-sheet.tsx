import { type JSX, type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';

import './palette.css';

interface PaletteSheetProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The dialog that the palette is in, and the field before it. Escape or a press beside it closes it. */
export function PaletteSheet({ onClose, children }: PaletteSheetProps): JSX.Element {
  const dialog = useModal();
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) onClose();
      }}
    >
      <div className="palette-sheet">{children}</div>
    </dialog>
  );
}

/**
 * The browser's own modal dialog: it keeps the focus inside and makes the rest inert. It is modal when
 * the page is drawn and not a moment later: a letter in between would act on the screen behind.
 */
function useModal(): RefObject<HTMLDialogElement | null> {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector('input')?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement || before instanceof SVGElement) before.focus();
    };
  }, []);
  return element;
}
