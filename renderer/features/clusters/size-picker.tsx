import { type JSX, useId } from 'react';

import { SIZES, type Size, spareText } from './create-form.ts';

interface SizePickerProps {
  readonly value: Size;
  readonly disabled: boolean;
  readonly onChange: (size: Size) => void;
}

/** How many nodes: five pictures that are radio buttons. */
export function SizePicker({ value, disabled, onChange }: SizePickerProps): JSX.Element {
  const name = useId();
  return (
    <div role="radiogroup" aria-label="Number of nodes" className="sizes">
      {SIZES.map((size) => (
        <label key={size} className={size === value ? 'size size-chosen' : 'size'}>
          <input
            type="radio"
            name={name}
            checked={size === value}
            disabled={disabled}
            aria-label={`${String(size)} ${size === 1 ? 'node' : 'nodes'}, ${spareText(size)}`}
            onChange={() => onChange(size)}
          />
          <MiniRing size={size} />
          <strong>{size}</strong>
          <span className="muted">{spareText(size)}</span>
        </label>
      ))}
    </div>
  );
}

const SIDE = 72;
const RADIUS = 25;

function MiniRing({ size }: { readonly size: Size }): JSX.Element {
  const centre = SIDE / 2;
  const dot = size <= 3 ? 7.5 : size <= 5 ? 6.5 : 5.5;
  const places = Array.from({ length: size }, (_, at) => {
    const angle = (2 * Math.PI * at) / size - Math.PI / 2;
    const radius = size === 1 ? 0 : RADIUS;
    return { x: centre + radius * Math.cos(angle), y: centre + radius * Math.sin(angle) };
  });
  return (
    <svg
      className="size-ring"
      viewBox={`0 0 ${String(SIDE)} ${String(SIDE)}`}
      width="4.5rem"
      height="4.5rem"
      aria-hidden="true"
    >
      {size > 1 && <circle className="size-orbit" cx={centre} cy={centre} r={RADIUS} />}
      {places.map(({ x, y }, at) => (
        <circle
          key={at}
          className={at === 0 && size > 1 ? 'size-dot size-dot-first' : 'size-dot'}
          cx={x}
          cy={y}
          r={dot}
        />
      ))}
    </svg>
  );
}
