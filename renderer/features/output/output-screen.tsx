import { type JSX, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatCount, formatMoment, formatPlural } from '../../ui/format.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useApp, useShownRecording } from '../app-context.tsx';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import {
  filtered,
  type LevelFilter,
  lineAt,
  matchesOf,
  type ShownLine,
  shownLine,
  withLines,
} from './output-line.ts';
import { OutputList } from './output-list.tsx';
import '../../ui/field.css';
import './output.css';

/** What all nodes print, in one list in order of time. */
export function OutputScreen(): JSX.Element {
  return (
    <ClusterScreen evenStopped>{(view) => <Output key={view.id} view={view} />}</ClusterScreen>
  );
}

function Output({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const nodeId = useWantedNode(view);
  const all = useLines(view.id);
  const recording = useShownRecording();
  const [level, setLevel] = useState<LevelFilter>('all');
  const [find, setFind] = useState('');
  const [follow, setFollow] = useState(atMs === null);
  const lines = filtered(all ?? [], { nodeId, level });
  const current = atMs === null ? -1 : lineAt(lines, atMs);
  const nameOf = (id: string): string => view.nodes.find((node) => node.id === id)?.name ?? id;
  const choose = (at: number): void => {
    const line = lines[at];
    if (line === undefined) return;
    setFollow(false);
    app.time.go(line.timeMs);
  };
  const followNow = (next: boolean): void => {
    setFollow(next);
    if (next && atMs !== null) app.time.go(null);
  };
  return (
    <div className="output-screen">
      <Toolbar
        {...{ view, lines, level, find, current }}
        follow={follow && atMs === null}
        onLevel={setLevel}
        onFind={setFind}
        onFollow={followNow}
        onChoose={choose}
      />
      {all === null ? (
        <div className="output-empty">
          <Waiting what="Asking the host for what the nodes printed" rows={6} />
        </div>
      ) : lines.length === 0 ? (
        <p className="output-empty muted">
          {recording !== null && all.length === 0
            ? 'Nothing that a node printed is in this recording.'
            : emptyText(all, nodeId === null ? null : nameOf(nodeId))}
        </p>
      ) : (
        <OutputList
          {...{ lines, nameOf, current, find }}
          isPast={atMs !== null}
          follow={follow && atMs === null}
          onFollow={followNow}
          onChoose={choose}
        />
      )}
      <Detail line={lines[current]} nameOf={nameOf} count={lines.length} />
    </div>
  );
}

function emptyText(all: readonly ShownLine[], name: string | null): string {
  if (all.length === 0) return 'No node has printed anything since this host watches it.';
  const who = name === null ? 'No node' : `${name} has`;
  return `${who} printed ${name === null ? 'a line' : 'no line'} of this level. ${formatPlural(all.length, 'line')} of all levels and nodes are there.`;
}

/** The node whose lines alone are wanted, if this cluster has it. */
function useWantedNode(view: ClusterView): string | null {
  const { nodeId } = useStore(useApp().output);
  return view.nodes.some(({ id }) => id === nodeId) ? nodeId : null;
}

/** The lines of a cluster's nodes, the ones before now first; null until the host has answered. */
function useLines(clusterId: string): readonly ShownLine[] | null {
  const app = useApp();
  const [lines, setLines] = useState<readonly ShownLine[] | null>(null);
  const nextKey = useRef(0);
  const isLost = useStore(app.link, ({ state }) => state === 'lost');
  const wasLost = useRef(false);
  useEffect(() => {
    wasLost.current ||= isLost;
  }, [isLost]);
  useEffect(
    () =>
      app.onOutput(clusterId, (fresh) => {
        const shown = fresh.map((line) => shownLine(line, nextKey.current++));
        // After a break the host tells everything again.
        const again = wasLost.current;
        wasLost.current = false;
        setLines((known) => withLines(again ? [] : (known ?? []), shown));
      }),
    [app, clusterId],
  );
  return lines;
}

const LEVELS = [
  { value: 'all', label: 'All' },
  { value: 'notice', label: 'Notices' },
  { value: 'warning', label: 'Warnings' },
] as const;

interface ToolbarProps {
  readonly view: ClusterView;
  readonly lines: readonly ShownLine[];
  readonly level: LevelFilter;
  readonly find: string;
  readonly current: number;
  readonly follow: boolean;
  readonly onLevel: (level: LevelFilter) => void;
  readonly onFind: (text: string) => void;
  readonly onFollow: (follow: boolean) => void;
  readonly onChoose: (at: number) => void;
}

function Toolbar(props: ToolbarProps): JSX.Element {
  const { view, lines, level, follow, onLevel, onFollow } = props;
  const app = useApp();
  const nodeId = useWantedNode(view);
  return (
    <div className="toolbar">
      <h1 className="toolbar-title">Output</h1>
      <select
        className="field-inline output-select"
        aria-label="Node"
        value={nodeId ?? ''}
        onChange={({ target }) => {
          app.output.setState({ nodeId: target.value === '' ? null : target.value });
        }}
      >
        <option value="">All nodes</option>
        {view.nodes.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Segmented label="Level" options={LEVELS} value={level} onChange={onLevel} />
      <span className="toolbar-end">
        <Find {...props} />
        <CopyButton
          text={lines.map((line) => lineText(line, view)).join('\n')}
          what="the lines shown"
        />
        <Button {...(follow ? { icon: 'check' } : {})} onClick={() => onFollow(!follow)}>
          {follow ? 'Following' : 'Follow'}
        </Button>
      </span>
    </div>
  );
}

function lineText({ timeMs, nodeId, level, text }: ShownLine, { nodes }: ClusterView): string {
  const name = nodes.find(({ id }) => id === nodeId)?.name ?? nodeId;
  return `${formatMoment(timeMs)} ${name} ${level} ${text}`;
}

function Find({ lines, find, current, onFind, onChoose }: ToolbarProps): JSX.Element {
  const matches = matchesOf(lines, find);
  const place = matches.indexOf(current);
  const go = (step: 1 | -1): void => {
    const from = current < 0 ? lines.length : current;
    const next =
      step === 1
        ? (matches.find((at) => at > from) ?? matches[0])
        : (matches.findLast((at) => at < from) ?? matches.at(-1));
    if (next !== undefined) onChoose(next);
  };
  return (
    <form
      className="output-find"
      onSubmit={(event) => {
        event.preventDefault();
        go(1);
      }}
    >
      <span className="muted output-count" role="status">
        {find === ''
          ? ''
          : place < 0
            ? formatPlural(matches.length, 'match', 'matches')
            : `${formatCount(place + 1)} of ${formatCount(matches.length)}`}
      </span>
      <input
        className="field-inline output-field"
        aria-label="Find in output; Enter for the next, Shift Enter for the previous"
        placeholder="Find"
        value={find}
        onChange={({ target }) => onFind(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !event.shiftKey) return;
          event.preventDefault();
          go(-1);
        }}
      />
    </form>
  );
}

/** The whole of the chosen line, which the list may have cut at its edge. */
function Detail({
  line,
  nameOf,
  count,
}: {
  readonly line: ShownLine | undefined;
  readonly nameOf: (nodeId: string) => string;
  readonly count: number;
}): JSX.Element {
  if (line === undefined) {
    return (
      <p className="output-detail muted">
        {formatPlural(count, 'line')}. Choose one to go to its moment on the timeline.
      </p>
    );
  }
  return (
    <div className="output-detail" role="region" aria-label="Line" tabIndex={0}>
      <span className="muted">
        {nameOf(line.nodeId)}, {line.stream}, {formatMoment(line.timeMs)}
      </span>
      <bdi className="output-whole">{line.text}</bdi>
    </div>
  );
}
