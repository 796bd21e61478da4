import type { JSX } from 'react';

import { type Election, electionWords } from './happenings.ts';
import { ROWS } from './scale.ts';

/** From the line of an election to its words. */
const FLAG_WIDTH = 13;
/** About what a letter of them takes. */
const WORD_LETTER_WIDTH = 5.7;

/**
 * Where the words of each election stand: behind its flag, before it where they would reach into the next
 * one or past `endX`, and nowhere where there is no room on either side; its term is said all the same.
 */
export function wordPlaces(
  flags: readonly { readonly x: number; readonly words: string }[],
  endX: number,
  startX = 0,
): readonly ('behind' | 'before' | 'nowhere')[] {
  let takenTo = startX;
  return flags.map(({ x, words }, at) => {
    const width = words.length * WORD_LETTER_WIDTH;
    const behind = x + FLAG_WIDTH + width;
    if (behind <= (flags[at + 1]?.x ?? endX)) {
      takenTo = behind;
      return 'behind';
    }
    const isFree = x - 6 - width >= takenTo;
    takenTo = x + FLAG_WIDTH * 2;
    return isFree ? 'before' : 'nowhere';
  });
}

/** A line where each leader was elected, a flag on it, and who it was. */
export function Terms({
  elections,
  fromMs,
  x,
  height,
  endX,
}: {
  readonly elections: readonly Election[];
  readonly fromMs: number;
  readonly x: (timeMs: number) => number;
  readonly height: number;
  /** Behind it nothing can be read. */
  readonly endX: number;
}): JSX.Element {
  const before = elections.findLast(({ timeMs }) => timeMs < fromMs);
  const shown = elections.filter(({ timeMs }) => timeMs >= fromMs);
  const base = ROWS.ruler + 12;
  const flags = shown.map((election) => ({
    x: x(election.timeMs),
    words: `${String(election.term)} ${electionWords(election)}`,
  }));
  const places = wordPlaces(flags, endX, before === undefined ? 0 : 2 * FLAG_WIDTH + 8);
  return (
    <g className="terms">
      {before !== undefined && (
        <text x={8} y={base}>
          <tspan className="term-number">{before.term}</tspan>
        </text>
      )}
      {shown.map((election, at) => {
        const left = x(election.timeMs);
        const place = places[at];
        return (
          <g key={election.timeMs}>
            <path
              className="term-line"
              d={`M${left.toFixed(1)} ${String(ROWS.ruler)}V${String(height)}`}
            />
            <path
              className="term-flag"
              d={`M${left.toFixed(1)} ${String(ROWS.ruler)}h9l-3 3.5l3 3.5h-9z`}
            />
            <text
              x={place === 'before' ? left - 6 : left + FLAG_WIDTH}
              y={base}
              textAnchor={place === 'before' ? 'end' : 'start'}
            >
              <tspan className="term-number">{election.term}</tspan>
              {place !== 'nowhere' && ` ${electionWords(election)}`}
            </text>
          </g>
        );
      })}
    </g>
  );
}
