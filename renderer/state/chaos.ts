import { createStore, type StoreApi } from 'zustand/vanilla';

/** What the chaos lab is set to do next. */
export type ChaosTool =
  | 'kill'
  | 'freeze'
  | 'restart'
  | 'partition'
  | 'link-cut'
  | 'link-delay'
  | 'link-drop'
  | 'link-rate'
  | 'disk-slow'
  | 'disk-full'
  | 'disk-fsync-error'
  | 'clock-offset';

/** The chosen fault; it outlives the screen, so that a key on another screen can choose it. */
export interface ChaosState {
  readonly store: StoreApi<{ readonly tool: ChaosTool; readonly byKey: boolean }>;
  /** `byKey`: by a key of a node, so that its form is to have the focus next. */
  readonly choose: (tool: ChaosTool, byKey: boolean) => void;
  /** The form has the focus. */
  readonly focused: () => void;
}

export function createChaosState(): ChaosState {
  const store = createStore<{ readonly tool: ChaosTool; readonly byKey: boolean }>()(() => ({
    tool: 'partition',
    byKey: false,
  }));
  return {
    store,
    choose: (tool, byKey) => store.setState({ tool, byKey }),
    focused: () => store.setState({ byKey: false }),
  };
}
