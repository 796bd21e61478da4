import { useCallback, useEffect, useRef, useState } from 'react';

import type { KeySource } from '../../../main/contract/keys.ts';
import { useApp } from '../app-context.tsx';
import { loadPreview, loadRest, type ValueState } from './value-loader.ts';

/** The value of the chosen key: its beginning by itself, the rest when it is asked for. */
export function useValue(
  clusterId: string,
  nodeId: string | null,
  key: string | null,
): {
  readonly value: ValueState;
  readonly reload: () => void;
  readonly loadAll: () => void;
} {
  const app = useApp();
  const [value, setValue] = useState<ValueState>({ state: 'reading' });
  /** Grows with each thing that is asked for: an answer that comes later than that is dropped. */
  const asked = useRef(0);
  const reload = useCallback((): void => {
    if (key === null) return;
    asked.current += 1;
    const own = asked.current;
    const source: KeySource = { clusterId, nodeId };
    void loadPreview(app.api, source, key).then((next) => {
      if (asked.current === own) setValue(next);
    });
  }, [app, clusterId, nodeId, key]);
  useEffect(() => {
    setValue({ state: 'reading' });
    reload();
    return () => {
      asked.current += 1;
    };
  }, [reload]);
  const loadAll = (): void => {
    if (value.state !== 'shown' || value.loading !== null) return;
    asked.current += 1;
    const own = asked.current;
    const isWanted = (): boolean => asked.current === own;
    setValue({ ...value, loading: value.value.bytes.length });
    void loadRest(
      app.api,
      { clusterId, nodeId },
      value.value,
      (loading) => {
        if (isWanted()) setValue({ ...value, loading });
      },
      isWanted,
    ).then((next) => {
      if (isWanted()) setValue(next);
    });
  };
  return { value, reload, loadAll };
}
