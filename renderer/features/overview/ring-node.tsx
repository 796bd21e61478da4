import type { JSX } from 'react';

import type { Place } from '../../canvas/ring-layout.ts';
import type { RingNode } from './ring-model.ts';

/** In a smaller node there is room for the letter of its role and for no more. */
const WORD_RADIUS = 32;

interface RingNodeProps {
  readonly node: RingNode;
  readonly place: Place;
  readonly radius: number;
  readonly selected: boolean;
  /** The one node that Tab reaches; arrow keys go on from it. */
  readonly reachable: boolean;
  readonly onSelect: () => void;
}

/** One node: its shape and letter say its role, its word says it again. */
export function RingNodeShape({
  node,
  place,
  radius,
  selected,
  reachable,
  onSelect,
}: RingNodeProps): JSX.Element {
  const { facts, label, contactShare, spoken } = node;
  const { kind } = facts.face;
  const square = kind === 'down' || kind === 'failed';
  return (
    <g
      className={`ring-node ring-${kind}`}
      transform={`translate(${String(place.x)} ${String(place.y)})`}
      role="button"
      tabIndex={reachable ? 0 : -1}
      aria-label={spoken}
      aria-pressed={selected}
      data-node={facts.node.id}
      onClick={onSelect}
      onFocus={onSelect}
    >
      <Surround className="ring-focus" square={square} radius={radius} by={selected ? 17 : 13} />
      {selected && <Surround className="ring-halo" square={square} radius={radius} by={14} />}
      <Shape kind={kind} radius={radius} />
      {(contactShare !== null || kind === 'frozen') && (
        <ContactArc radius={radius + 6.5} share={contactShare ?? 0} />
      )}
      <NodeText node={node} radius={radius} />
      <g
        transform={`translate(${String(place.label.x - place.x)} ${String(place.label.y - place.y)})`}
        textAnchor={place.label.anchor}
        className={`ring-label ring-label-${label.tone}`}
      >
        <text className="ring-fact" y={-4}>
          {label.fact}
        </text>
        <text className="ring-age" y={14}>
          {label.age}
        </text>
      </g>
    </g>
  );
}

interface SurroundProps {
  readonly className: string;
  readonly square: boolean;
  readonly radius: number;
  /** How far out it reaches. */
  readonly by: number;
}

/** The halo of the selected node and the ring of the focused one: the node's own shape, larger. */
function Surround({ className, square, radius, by }: SurroundProps): JSX.Element {
  if (!square) return <circle className={className} r={radius + by} />;
  const half = radius + by - 8;
  return (
    <rect className={className} x={-half} y={-half} width={2 * half} height={2 * half} rx={8} />
  );
}

function Shape({
  kind,
  radius,
}: {
  readonly kind: RingNode['facts']['face']['kind'];
  readonly radius: number;
}): JSX.Element {
  switch (kind) {
    case 'leader':
      return (
        <>
          <circle className="ring-body" r={radius} />
          <circle className="ring-second" r={radius + 6} />
          <g transform={`translate(0 ${String(-(radius + 3))})`}>
            <path
              className="ring-crown"
              d="M-10 -12 L-4.6 -7.4 L0 -14 L4.6 -7.4 L10 -12 L8.2 0 L-8.2 0 Z"
            />
          </g>
        </>
      );
    case 'down':
    case 'failed': {
      const half = radius - 2;
      const inner = Math.max(14, radius * 0.42);
      return (
        <>
          <rect
            className="ring-body"
            x={-half}
            y={-half}
            width={2 * half}
            height={2 * half}
            rx={2}
          />
          {kind === 'down' && (
            <path
              className="ring-strike"
              d={`M${String(-half)} ${String(half)} L${String(-inner)} ${String(inner)} M${String(inner)} ${String(-inner)} L${String(half)} ${String(-half)}`}
            />
          )}
        </>
      );
    }
    case 'non-voter':
      return <circle className="ring-body" r={nonVoterRadius(radius)} />;
    case 'frozen':
      return (
        <>
          <circle className="ring-body" r={radius} />
          {radius >= WORD_RADIUS && (
            <path
              className="ring-bars"
              d={`M-4 ${String(-radius * 0.72)} v9 M4 ${String(-radius * 0.72)} v9`}
            />
          )}
        </>
      );
    case 'follower':
    case 'candidate':
    case 'unknown':
      return <circle className="ring-body" r={radius} />;
  }
}

function ContactArc({
  radius,
  share,
}: {
  readonly radius: number;
  readonly share: number;
}): JSX.Element {
  const length = 2 * Math.PI * radius;
  return (
    <>
      <circle className="ring-track" r={radius} />
      {share > 0 && (
        <circle
          className="ring-arc"
          r={radius}
          transform="rotate(-90)"
          strokeDasharray={`${(length * share).toFixed(1)} ${length.toFixed(1)}`}
        />
      )}
    </>
  );
}

/** Average width of a character of the name, in units; only decides where a long name is cut. */
const NAME_UNITS = 7;
/** In a small node the name is set smaller: a number at its end must not be what is cut. */
const SMALL_RADIUS = 28;
const NAME_UNITS_SMALL = 6;

const WORD_UNITS = 6.2;

/** A node without a vote is drawn smaller, but never so small that its name crosses its outline. */
function nonVoterRadius(radius: number): number {
  return radius <= SMALL_RADIUS ? radius - 1 : radius - 6;
}

/** How wide a text may be on the line of the word, inside the outline of a node. */
function wordRoom(kind: RingNode['facts']['face']['kind'], radius: number): number {
  if (kind === 'down' || kind === 'failed') return 2 * radius - 8;
  const inner = kind === 'non-voter' ? nonVoterRadius(radius) : radius;
  return 2 * Math.sqrt(inner * inner - 14 * 14) - 6;
}

function NodeText({
  node: { facts },
  radius,
}: {
  readonly node: RingNode;
  readonly radius: number;
}): JSX.Element {
  const { name } = facts.node;
  const { kind, letter, word } = facts.face;
  const isSmall = radius < SMALL_RADIUS;
  const units = isSmall ? NAME_UNITS_SMALL : NAME_UNITS;
  const room = Math.max(4, Math.floor((2 * radius - 12) / units));
  const shown = name.length > room ? `${name.slice(0, room - 1)}…` : name;
  const showsWord = radius >= WORD_RADIUS;
  // The bars of a frozen node are its letter; beside a long word there is no room for one.
  const showsLetter =
    !showsWord || (kind !== 'frozen' && (word.length + 2) * WORD_UNITS < wordRoom(kind, radius));
  return (
    <g aria-hidden="true">
      <text className={isSmall ? 'ring-name ring-name-small' : 'ring-name'} y={-2}>
        {shown}
      </text>
      <text className="ring-word" y={14}>
        {showsLetter && <tspan className="ring-letter">{letter}</tspan>}
        {showsWord && <tspan dx={showsLetter ? 5 : 0}>{word}</tspan>}
      </text>
    </g>
  );
}
