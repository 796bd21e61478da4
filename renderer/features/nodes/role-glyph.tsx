import type { JSX } from 'react';

import type { FaceKind } from './face.ts';
import './role-glyph.css';

const LETTERS: Readonly<Partial<Record<FaceKind, string>>> = {
  leader: 'L',
  follower: 'F',
  candidate: 'C',
  'non-voter': 'N',
  failed: '!',
  unknown: '?',
};

/** A role at 16 px: the same shapes as on the ring, small. */
export function RoleGlyph({ kind }: { readonly kind: FaceKind }): JSX.Element {
  const letter = LETTERS[kind];
  return (
    <svg
      className={`glyph glyph-${kind}`}
      viewBox="0 0 16 16"
      width="1rem"
      height="1rem"
      aria-hidden="true"
    >
      {kind === 'down' || kind === 'failed' ? (
        <rect className="glyph-body" x="1.5" y="1.5" width="13" height="13" rx="1" />
      ) : (
        <circle className="glyph-body" cx="8" cy="8" r={kind === 'leader' ? 4.75 : 6.75} />
      )}
      {kind === 'leader' && <circle className="glyph-ring" cx="8" cy="8" r="7" />}
      {kind === 'down' && <path className="glyph-line" d="M2 14L14 2" />}
      {kind === 'frozen' && <path className="glyph-line" d="M6.25 5v6M9.75 5v6" />}
      {letter !== undefined && (
        <text className="glyph-letter" x="8" y="11">
          {letter}
        </text>
      )}
    </svg>
  );
}
