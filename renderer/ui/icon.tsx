import type { JSX } from 'react';

/** 16 × 16 outlines, drawn with the text colour. */
const PATHS = {
  add: 'M8 3v10M3 8h10',
  bookmark: 'M4.5 2.5h7v11L8 10.5l-3.5 3z',
  check: 'M3.5 8.5l3 3 6-7',
  'chevron-down': 'M4.5 6.5L8 10l3.5-3.5',
  'chevron-right': 'M6.5 4.5L10 8l-3.5 3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 4.8V8l2.2 1.6',
  chaos: 'M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z',
  clusters: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01M8 5h3M8 11h3',
  copy: 'M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6',
  disk: 'M2.5 3.5h11v9h-11zM2.5 9h11M11 10.8h.01',
  'disk-full': 'M2.5 3.5h11v9h-11zM5 6v4M8 6v4M11 6v4',
  data: 'M8 6.5c3 0 5.5-1 5.5-2.25S11 2 8 2 2.5 3 2.5 4.25 5 6.5 8 6.5zM2.5 4.25v7.5C2.5 13 5 14 8 14s5.5-1 5.5-2.25v-7.5M2.5 8C2.5 9.25 5 10.25 8 10.25S13.5 9.25 13.5 8',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13.5h10',
  down: 'M2.5 2.5h11v11h-11zM2.5 13.5l11-11',
  drop: 'M8 2.2a5.8 5.8 0 014 1.6M13.5 6.2a5.8 5.8 0 010 3.6M12 12.2a5.8 5.8 0 01-4 1.6M4 12.2a5.8 5.8 0 01-1.5-2.4M2.5 6.2A5.8 5.8 0 014 3.8',
  enter: 'M13 4v4.5H3.5M6.5 5.5l-3 3 3 3',
  fault: 'M4.5 2.5h7M4.5 13.5h7M5 2.5c0 3 6 4 6 7.5v3.5M11 2.5c0 3-6 4-6 7.5v3.5',
  freeze: 'M5.75 3v10M10.25 3v10',
  help: 'M8 14A6 6 0 108 2a6 6 0 000 12zM6.2 6.4c.1-1 .8-1.7 1.8-1.7s1.8.7 1.8 1.6c0 1.4-1.8 1.4-1.8 2.8M8 11.2h.01',
  kill: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  logs: 'M2 4h2.5M6.5 4H14M2 8h2.5M6.5 8H14M2 12h2.5M6.5 12H14',
  metrics: 'M2 2.5v11h12M4.5 10.5l2.5-4 2.5 2L13.5 4',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  output: 'M3 2h10v12H3zM5.5 5h5M5.5 8h5M5.5 11h3',
  overview:
    'M8 5.5a1.75 1.75 0 100-3.5 1.75 1.75 0 000 3.5zM3.5 14a1.75 1.75 0 100-3.5 1.75 1.75 0 000 3.5zM12.5 14a1.75 1.75 0 100-3.5 1.75 1.75 0 000 3.5zM7.1 5.2L4.4 10.7M8.9 5.2l2.7 5.5M5.25 12.25h5.5',
  partition:
    'M8 1.5v2M8 5.5v2M8 9.5v2M8 13.3v1.2M4.6 8a1.6 1.6 0 11-3.2 0 1.6 1.6 0 013.2 0zM14.6 8a1.6 1.6 0 11-3.2 0 1.6 1.6 0 013.2 0z',
  rate: 'M2 11a6 6 0 0112 0M8 11l3-3.6M4 13.5h8',
  remove: 'M3.5 8h9',
  restart: 'M13 8a5 5 0 11-1.6-3.7M13 2.5V5.5h-3',
  save: 'M8 2.5v8M4.8 7.5L8 10.7l3.2-3.2M2.5 13.5h11',
  scissors:
    'M5.6 5.2a1.8 1.8 0 11-3.6 0 1.8 1.8 0 013.6 0zM5.6 10.8a1.8 1.8 0 11-3.6 0 1.8 1.8 0 013.6 0zM5.2 6.2L14 11.5M5.2 9.8L14 4.5',
  search: 'M7 11.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM10.3 10.3L13.5 13.5',
  settings:
    'M2 5h5.5M11.5 5H14M2 11h2.5M8.5 11H14M9.5 7a2 2 0 100-4 2 2 0 000 4zM6.5 13a2 2 0 100-4 2 2 0 000 4z',
  snapshots: 'M8 2L2 5l6 3 6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  'step-back': 'M9.5 4.5L6 8l3.5 3.5',
  'step-forward': 'M6.5 4.5L10 8l-3.5 3.5',
  stop: 'M3.5 3.5h9v9h-9z',
  terminal: 'M2 3h12v10H2zM4.5 6.5L6.5 8l-2 1.5M8 10h3',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.2M8 11.6h.01',
} as const;

/** 16 × 16 filled shapes. */
const SHAPES = {
  crown: 'M1.5 3.5l3.6 3.2L8 2l2.9 4.7 3.6-3.2-1.2 9H2.7z',
  start: 'M4 2.5l9 5.5-9 5.5z',
} as const;

export type IconName = keyof typeof PATHS | keyof typeof SHAPES;

/** Decorative: the word beside it, or the label of its button, says what it means. */
export function Icon({
  name,
  size = 16,
}: {
  readonly name: IconName;
  readonly size?: number;
}): JSX.Element {
  const side = `${String(size / 16)}rem`;
  const shape = name === 'crown' || name === 'start' ? SHAPES[name] : null;
  return (
    <svg className="icon" viewBox="0 0 16 16" width={side} height={side} aria-hidden="true">
      {shape === null ? (
        <path
          d={PATHS[name as keyof typeof PATHS]}
          fill="none"
          stroke="currentColor"
          strokeWidth={name === 'more' ? 2 : 1.5}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      ) : (
        <path d={shape} fill="currentColor" />
      )}
    </svg>
  );
}
