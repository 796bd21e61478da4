import { createStore, type StoreApi } from 'zustand/vanilla';

import type { ClusterView } from '../../main/contract/model.ts';

/** A short message that goes away by itself, unless it is an error. */
export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'success' | 'error';
  readonly text: string;
  /** A machine-readable code, shown in mono at the end. */
  readonly code: string | null;
  readonly action: {
    readonly label: string;
    /** It changes the cluster, so that it waits for the present. */
    readonly acts?: boolean;
    /** Why it cannot be done any more, or not yet, in the cluster that is watched; null when it can. */
    readonly reason?: (live: ClusterView | null) => string | null;
    readonly run: () => void;
  } | null;
  /** How long it is there; null leaves that to what it is. */
  readonly shownMs: number | null;
}

export interface ToastState {
  readonly store: StoreApi<{ readonly toasts: readonly Toast[] }>;
  readonly show: (toast: Pick<Toast, 'tone' | 'text'> & Partial<Toast>) => number;
  readonly dismiss: (id: number) => void;
}

/**
 * How long what was done can be undone from where it is said. Long enough to be reached by Tab alone: the
 * corner is the last stop of the page.
 */
export const UNDO_MS = 30_000;

/** More would cover what they are about. */
const TOASTS_MAX = 3;

export function createToastState(): ToastState {
  const store = createStore<{ readonly toasts: readonly Toast[] }>()(() => ({ toasts: [] }));
  let nextId = 1;
  return {
    store,
    show({ tone, text, code = null, action = null, shownMs = null }) {
      const toast: Toast = { id: nextId++, tone, text, code, action, shownMs };
      store.setState(({ toasts }) => {
        // Said twice is said once: holding a key down must not fill the corner.
        const others = toasts.filter((shown) => shown.text !== text);
        return { toasts: [...others, toast].slice(-TOASTS_MAX) };
      });
      return toast.id;
    },
    dismiss(id) {
      store.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
    },
  };
}
