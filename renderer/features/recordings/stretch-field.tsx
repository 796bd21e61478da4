import type { JSX } from 'react';
import { useStore } from 'zustand';

import { Segmented } from '../../ui/segmented.tsx';
import { useApp } from '../app-context.tsx';

/** How much of a recording up to the moment shown: minutes, or all of it. */
export type StretchLength = '1' | '5' | '30' | 'all';

const LABELS: Readonly<Record<StretchLength, string>> = {
  '1': '1 minute',
  '5': '5 minutes',
  '30': '30 minutes',
  all: 'All of it',
};

const MINUTE_MS = 60_000;

/** Asks how much of the recording is wanted. */
export function StretchField<T extends StretchLength>({
  lengths,
  value,
  onChange,
}: {
  readonly lengths: readonly T[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const isPast = useStore(useApp().time.store, ({ atMs }) => atMs !== null);
  const options = lengths.map((length) => ({ value: length, label: LABELS[length] }));
  return (
    <div>
      <p className="field-label">{isPast ? 'Up to the moment shown, the last' : 'The last'}</p>
      <Segmented label="Length" options={options} value={value} onChange={onChange} />
    </div>
  );
}

/** How long a stretch is, milliseconds. */
export function stretchMs(length: Exclude<StretchLength, 'all'>): number {
  return Number(length) * MINUTE_MS;
}
