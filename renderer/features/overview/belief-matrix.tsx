import type { JSX } from 'react';

import { formatCount, formatDuration, NONE } from '../../ui/format.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import './belief-matrix.css';
import { type Belief, beliefsOf } from './beliefs.ts';
import type { NodeFacts } from './node-facts.ts';

interface BeliefMatrixProps {
  readonly facts: readonly NodeFacts[];
  readonly nowMs: number;
  readonly selectedId: string | null;
  readonly onSelect: (nodeId: string) => void;
}

/** Who says what: one row per node with its own word, and its age; what only some say stands out. */
export function BeliefMatrix(props: BeliefMatrixProps): JSX.Element {
  const { facts, nowMs, selectedId, onSelect } = props;
  const { rows, agreement } = beliefsOf(facts);
  const reachable = facts.some(({ node }) => node.id === selectedId)
    ? selectedId
    : facts[0]?.node.id;
  return (
    <div className="nodes-frame beliefs">
      <table role="grid" className="nodes-table" aria-label="Who says what" data-keys="nodes">
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">is</th>
            <th scope="col">says the leader is</th>
            <th scope="col" className="num">
              in term
            </th>
            <th scope="col">voted for</th>
            <th scope="col" className="num">
              committed up to
            </th>
            <th scope="col" className="num">
              voters are
            </th>
            <th scope="col" className="num">
              said
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <BeliefRow
              key={row.facts.node.id}
              belief={row}
              nowMs={nowMs}
              selected={row.facts.node.id === selectedId}
              reachable={row.facts.node.id === reachable}
              onSelect={() => onSelect(row.facts.node.id)}
            />
          ))}
        </tbody>
      </table>
      <p className="beliefs-sum">{agreement}</p>
    </div>
  );
}

interface BeliefRowProps {
  readonly belief: Belief;
  readonly nowMs: number;
  readonly selected: boolean;
  readonly reachable: boolean;
  readonly onSelect: () => void;
}

function BeliefRow({ belief, nowMs, selected, reachable, onSelect }: BeliefRowProps): JSX.Element {
  const { facts, leader, term, vote, commit, voters, differs, stale } = belief;
  const { node, face } = facts;
  const age = node.heardAtMs === null ? null : nowMs - node.heardAtMs;
  return (
    <tr
      tabIndex={reachable ? 0 : -1}
      aria-selected={selected}
      data-node={node.id}
      className={stale ? 'belief-stale' : undefined}
      onClick={onSelect}
      onFocus={onSelect}
    >
      <td>
        <strong className="truncate">{node.name}</strong>
      </td>
      <td>
        <span className={`nodes-role nodes-role-${face.kind}`}>
          <RoleGlyph kind={face.kind} />
          {node.removed ? 'Removed' : face.word}
        </span>
      </td>
      <Said differs={differs.leader}>{leader}</Said>
      <Said differs={differs.term} numeric>
        {count(term)}
      </Said>
      <Said differs={false}>{vote}</Said>
      <Said differs={false} numeric>
        {count(commit)}
      </Said>
      <Said differs={differs.voters} numeric>
        {voters ?? NONE}
      </Said>
      <td className="num">{age === null ? 'never' : `${formatDuration(age)} ago`}</td>
    </tr>
  );
}

/** What one node says; marked in words and colour where the leader of the newest term says otherwise. */
function Said({
  children,
  differs,
  numeric = false,
}: {
  readonly children: string;
  readonly differs: boolean;
  readonly numeric?: boolean;
}): JSX.Element {
  return (
    <td className={numeric ? 'num' : undefined}>
      {differs ? (
        <span className="belief-differs">
          <span aria-hidden="true">≠ </span>
          {children}
          <span className="visually-hidden">, unlike the newest word</span>
        </span>
      ) : (
        children
      )}
    </td>
  );
}

function count(value: number | null): string {
  return value === null ? NONE : formatCount(value);
}
