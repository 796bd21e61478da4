import { type JSX, useEffect, useRef, useState } from 'react';

import './toaster.css';
import { Button, IconButton } from './button.tsx';

const SHOWN_MS = 4_000;
/** With something to press it stays longer. */
const SHOWN_WITH_ACTION_MS = 8_000;

export interface ToastProps {
  readonly id: number;
  readonly tone: 'info' | 'success' | 'error';
  readonly text: string;
  readonly code: string | null;
  readonly action: {
    readonly label: string;
    readonly disabledReason: string | null;
    readonly run: () => void;
  } | null;
  /** How long it is there; null where that follows from whether something can be pressed. */
  readonly shownMs: number | null;
}

interface ToasterProps {
  readonly toasts: readonly ToastProps[];
  readonly onDismiss: (id: number) => void;
}

/** The corner where answers to actions appear. Errors stay until they are closed. */
export function Toaster({ toasts, onDismiss }: ToasterProps): JSX.Element {
  const [held, setHeld] = useState(false);
  return (
    <section
      className="toaster"
      aria-label="Notifications"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toasts.map((toast) => (
        <ToastRow key={toast.id} toast={toast} held={held} onDismiss={() => onDismiss(toast.id)} />
      ))}
    </section>
  );
}

interface RowProps {
  readonly toast: ToastProps;
  readonly held: boolean;
  readonly onDismiss: () => void;
}

function ToastRow({ toast, held, onDismiss }: RowProps): JSX.Element {
  const { tone, text, code, action } = toast;
  const shownMs = toast.shownMs ?? (action === null ? SHOWN_MS : SHOWN_WITH_ACTION_MS);
  const dismiss = useRef(onDismiss);
  useEffect(() => {
    dismiss.current = onDismiss;
  });
  useEffect(() => {
    if (held || tone === 'error') return undefined;
    const timer = setTimeout(() => dismiss.current(), shownMs);
    return () => clearTimeout(timer);
  }, [held, tone, shownMs]);
  return (
    <div className={`toast toast-${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <p className="toast-text">
        {text}
        {code !== null && <code className="toast-code">{code}</code>}
      </p>
      {action !== null && (
        <Button
          size="small"
          disabledReason={action.disabledReason}
          onClick={() => {
            onDismiss();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon="close" label="Dismiss" size="small" onClick={onDismiss} />
    </div>
  );
}
