import { type JSX, useEffect, useReducer, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { formatCount } from '../../ui/format.ts';
import { useActReason, useApp } from '../app-context.tsx';
import '../overview/inspector.css';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { DiskBars } from './disk-bars.tsx';
import { EntryInspector } from './entry-inspector.tsx';
import { findEntry } from './find-entry.ts';
import { type Cell, LogGrid } from './log-grid.tsx';
import { LogPages } from './log-pages.ts';
import { indexRange, logNodes } from './log-rows.ts';
import '../../ui/field.css';
import './logs.css';
import { ShrinkSheet } from './shrink-sheet.tsx';

/** The entries of every node's log, side by side. */
export function LogsScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <Logs key={view.id} view={view} />}</ClusterScreen>;
}

function Logs({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const pages = usePages(view.id);
  const nodes = logNodes(view);
  const range = indexRange(nodes);
  const [selected, setSelected] = useState<Cell | null>(null);
  const [jump, setJump] = useState<{ readonly index: number } | null>(null);
  const [shrinks, setShrinks] = useState(false);
  const goTo = (index: number): void => {
    if (range === null) return;
    const inRange = Math.min(range.last, Math.max(range.first, Math.round(index)));
    const nodeId = selected?.nodeId ?? view.health.leaderId ?? nodes[0]?.id ?? '';
    setSelected({ nodeId, index: inRange });
    setJump({ index: inRange });
  };
  return (
    <div className="logs">
      <div className="logs-main">
        <LogsToolbar
          view={view}
          selected={selected}
          last={range?.last ?? 0}
          onGo={goTo}
          onShrink={() => setShrinks(true)}
        />
        {atMs !== null && (
          <p className="logs-note">
            The logs reach as far as they did at that moment. What was replaced since then is not in
            them any more.
          </p>
        )}
        {range === null ? (
          <p className="logs-empty muted">No node has said yet what its log holds.</p>
        ) : (
          <LogGrid
            {...{ view, nodes, pages, selected, jump }}
            first={range.first}
            last={range.last}
            onSelect={setSelected}
          />
        )}
        <p className="logs-legend">
          <span className="legend-differs">differs from leader</span> ○ stored · ✓ committed · ✓✓
          applied
        </p>
        <section className="logs-disk" aria-label="Log on disk" tabIndex={0}>
          <DiskBars nodes={nodes} />
        </section>
      </div>
      <aside className="inspector" aria-label="Inspector" tabIndex={0}>
        <ErrorBoundary panel="The inspector">
          {selected === null ? (
            <section className="inspector-part">
              <p className="muted">Choose an entry to see who has it.</p>
            </section>
          ) : (
            <EntryInspector {...{ view, nodes, pages }} cell={selected} />
          )}
        </ErrorBoundary>
      </aside>
      {shrinks && <ShrinkSheet view={view} nodes={nodes} onClose={() => setShrinks(false)} />}
    </div>
  );
}

/** What was read of the logs; another cluster begins anew. */
function usePages(clusterId: string): LogPages {
  const app = useApp();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [pages] = useState(
    () => new LogPages({ api: app.api, clusterId, changed: redraw, now: app.clock.hostNow }),
  );
  return pages;
}

interface LogsToolbarProps {
  readonly view: ClusterView;
  readonly selected: Cell | null;
  readonly last: number;
  readonly onGo: (index: number) => void;
  readonly onShrink: () => void;
}

function LogsToolbar({ view, selected, last, onGo, onShrink }: LogsToolbarProps): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const [index, setIndex] = useState('');
  const [text, setText] = useState('');
  const [said, setSaid] = useState('');
  useEffect(() => setSaid(''), [text]);
  const find = async (): Promise<void> => {
    const nodeId = view.health.leaderId ?? logNodes(view).find(({ connected }) => connected)?.id;
    if (text === '') return;
    if (nodeId === undefined) {
      setSaid('No node answers.');
      return;
    }
    const from = (selected?.index ?? 0) + 1;
    setSaid('Looking…');
    const found = await findEntry(app.api, { clusterId: view.id, nodeId, from, last }, text);
    if (found.state === 'found') {
      setSaid(`Entry ${formatCount(found.index)}`);
      onGo(found.index);
    } else if (found.state === 'failed') setSaid(found.message);
    else setSaid(`Not in entries ${formatCount(from)}–${formatCount(found.upTo)}`);
  };
  return (
    <div className="toolbar">
      <h1 className="toolbar-title">Logs</h1>
      <span className="muted logs-said truncate" role="status">
        {said}
      </span>
      <span className="toolbar-end">
        <form
          className="logs-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (/^\d+$/.test(index)) onGo(Number(index));
          }}
        >
          <input
            className="field-inline logs-field logs-go"
            aria-label="Go to index"
            inputMode="numeric"
            placeholder="Go to"
            value={index}
            onChange={(event) => setIndex(event.target.value.replaceAll(/\D/g, ''))}
          />
        </form>
        <form
          className="logs-form"
          onSubmit={(event) => {
            event.preventDefault();
            void find();
          }}
        >
          <input
            className="field-inline logs-field"
            aria-label="Find in entries, from the chosen one on"
            placeholder="Find in entries"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </form>
        <Button disabledReason={reason} onClick={onShrink}>
          Shrink log…
        </Button>
      </span>
    </div>
  );
}
