import { type JSX, type ReactElement, useEffect, useId, useRef, useState } from 'react';

import './tooltip.css';
import { placeBeside } from './place.ts';

const OPEN_DELAY_MS = 500;

interface TooltipProps {
  /** Null while there is nothing to say. */
  readonly text: string | null;
  readonly children: ReactElement;
}

/**
 * A short text for what is under the pointer or has the focus. It is never the only place of a fact:
 * the screen reader hears it as the description, and a touch screen never shows it.
 */
export function Tooltip({ text, children }: TooltipProps): JSX.Element {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const bubble = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const close = (): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    setOpen(false);
  };
  const openAfter = (delayMs: number): void => {
    if (text !== null) timer.current ??= setTimeout(() => setOpen(true), delayMs);
  };

  useEffect(() => close, []);
  useEffect(() => {
    const target = anchor.current?.firstElementChild;
    const box = bubble.current;
    if (!open || !box || !(target instanceof HTMLElement)) return undefined;
    target.setAttribute('aria-describedby', id);
    box.showPopover();
    placeBeside(box, target, 'below');
    return () => target.removeAttribute('aria-describedby');
  }, [open, id]);

  return (
    <span
      ref={anchor}
      className="tooltip-anchor"
      onPointerEnter={() => openAfter(OPEN_DELAY_MS)}
      onPointerLeave={close}
      onPointerDown={close}
      onFocus={({ target }) => {
        if (target.matches(':focus-visible')) openAfter(OPEN_DELAY_MS);
      }}
      onBlur={close}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close();
      }}
    >
      {children}
      {open && text !== null && (
        <div ref={bubble} id={id} role="tooltip" className="tooltip" popover="manual">
          {text}
        </div>
      )}
    </span>
  );
}
