import { type JSX, type ReactNode, useEffect, useState } from 'react';
import { useStore } from 'zustand';

import type { KeyFacts } from '../../../main/contract/keys.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { formatClock } from '../../ui/format.ts';
import { Waiting } from '../../ui/waiting.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { findShortcut, type ShortcutId } from '../shell/shortcuts.ts';
import './data.css';
import { DataToolbar, type Form } from './data-toolbar.tsx';
import { loadSamples } from './key-actions.ts';
import { keyCommand } from './key-commands.ts';
import { DeleteKeyDialog, EditDialog, ExpiryDialog, NewKeyDialog } from './key-dialogs.tsx';
import type { KeyList } from './key-list.ts';
import { KeyTable, listWords } from './key-table.tsx';
import { KeyTreeTable } from './key-tree-table.tsx';
import { type ReadKeys, useKeyList } from './use-key-list.ts';
import { useValue } from './use-value.ts';
import { ValuePane } from './value-pane.tsx';

/** The keys and what they hold. */
export function DataScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <Data key={view.id} view={view} />}</ClusterScreen>;
}

function Data({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const atMs = useStore(app.time.store, (time) => time.atMs);
  if (KEYLESS.has(view.machine)) {
    return (
      <Message title={`The machine ${view.machine} has no keys`}>
        <p className="muted">
          Its state is not made of keys and values. Talk to it in the console, in its own commands.
        </p>
        <Button kind="primary" onClick={() => app.route.go({ screen: 'console' })}>
          Open the console
        </Button>
      </Message>
    );
  }
  if (atMs !== null) {
    return (
      <Message title={`What the keys held at ${formatClock(atMs)} is not recorded`}>
        <p className="muted">
          The recording has what the nodes did, not what is in them. Keys are read from the nodes as
          they are now.
        </p>
        <Button kind="primary" onClick={() => app.time.go(null)}>
          Go live
        </Button>
      </Message>
    );
  }
  return <Keys view={view} />;
}

/** Machines that come with the app and are no key-value store. */
const KEYLESS: ReadonlySet<string> = new Set(['ticket', 'timeseries']);

function Message({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div className="screen-message">
      <h1>{title}</h1>
      {children}
    </div>
  );
}

const TOO_MANY = ' · too many for a tree: match a part of them';

/** A tree of more keys would be no shorter to look through; a pattern is. */
const TREE_MAX = 20_000;

type OpenDialog = 'new' | 'expiry' | 'delete' | { readonly text: string } | null;

function Keys({ view }: { readonly view: ClusterView }): JSX.Element {
  const [nodeId, setNodeId] = useState<string | null>(null);
  const [pattern, setPattern] = useState('');
  const [form, setForm] = useState<Form>('list');
  const [chosen, setChosen] = useState<{ readonly key: string; readonly row: number } | null>(null);
  const [jump, setJump] = useState<{ readonly row: number } | null>(null);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const answers = nodeId === null ? view.health.leaderId !== null : true;
  const { keys, refresh } = useKeyList(view.id, nodeId, pattern, answers);
  const { value, reload, loadAll } = useValue(view.id, nodeId, chosen?.key ?? null);
  const refreshAll = (): void => {
    refresh();
    reload();
  };
  const onChanged = (key: string): void => {
    setChosen({ key, row: chosen?.key === key ? chosen.row : -1 });
    refreshAll();
  };
  const facts = value.state === 'shown' && value.value.facts.exists ? value.value.facts : null;
  useDataKeys((id) => {
    if (id === 'data-refresh') refreshAll();
    else if (id === 'data-find') document.querySelector<HTMLElement>('.data-match input')?.focus();
    else if (id === 'data-new') setDialog('new');
    else if (facts !== null) setDialog('delete');
  });
  return (
    <div className="data">
      <DataToolbar
        {...{ view, nodeId, pattern, keys, form }}
        onForm={setForm}
        onNode={setNodeId}
        onPattern={setPattern}
        onRefresh={refreshAll}
        onNew={() => setDialog('new')}
      />
      <div className="data-panes">
        <section className="data-keys" aria-label="Keys">
          <KeysPart
            {...{ view, keys, chosen, jump, pattern, form }}
            onSelect={(key, row) => {
              setChosen({ key, row });
              setJump({ row });
            }}
            onRefresh={refreshAll}
          />
        </section>
        <aside className="data-value" aria-label="Value">
          <ErrorBoundary panel="The value">
            {chosen === null ? (
              <p className="value-note muted">Choose a key to see what it holds.</p>
            ) : (
              <ValuePane
                {...{ view, value }}
                name={chosen.key}
                onLoadAll={loadAll}
                onEdit={(text) => setDialog({ text })}
                onExpiry={() => setDialog('expiry')}
                onDelete={() => setDialog('delete')}
              />
            )}
          </ErrorBoundary>
        </aside>
      </div>
      <OpenedDialog {...{ view, dialog, facts, onChanged }} onClose={() => setDialog(null)} />
    </div>
  );
}

function OpenedDialog({
  view,
  dialog,
  facts,
  onClose,
  onChanged,
}: {
  readonly view: ClusterView;
  readonly dialog: OpenDialog;
  /** Of the key that is chosen; null while it is not known, or not there. */
  readonly facts: KeyFacts | null;
  readonly onClose: () => void;
  readonly onChanged: (key: string) => void;
}): JSX.Element | null {
  const common = { clusterId: view.id, onClose, onChanged };
  if (dialog === 'new') return <NewKeyDialog {...common} />;
  if (dialog === null || facts === null) return null;
  if (dialog === 'expiry') return <ExpiryDialog {...common} facts={facts} />;
  if (dialog !== 'delete') return <EditDialog {...common} name={facts.key} text={dialog.text} />;
  const command = keyCommand(view, ['DEL', facts.key]);
  return <DeleteKeyDialog {...common} facts={facts} command={command} />;
}

/** The keys of this screen; single letters act only while the list has the focus. */
function useDataKeys(run: (id: ShortcutId) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      const id = findShortcut(event, 'data');
      const inList = document.activeElement?.closest('.key-table') !== null;
      const isChord = event.ctrlKey || event.metaKey || event.key === 'F5';
      if (id === null || (!inList && !isChord)) return;
      event.preventDefault();
      run(id);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}

function KeysPart({
  view,
  keys,
  chosen,
  jump,
  pattern,
  form,
  onSelect,
  onRefresh,
}: {
  readonly view: ClusterView;
  readonly keys: ReadKeys | null;
  readonly chosen: { readonly key: string; readonly row: number } | null;
  readonly jump: { readonly row: number } | null;
  readonly pattern: string;
  readonly form: Form;
  readonly onSelect: (key: string, row: number) => void;
  readonly onRefresh: () => void;
}): JSX.Element {
  const nameOf = (id: string): string => view.nodes.find((node) => node.id === id)?.name ?? id;
  if (keys === null && view.health.leaderId === null) {
    return (
      <p className="value-note muted">
        No leader is known, so there is nobody to read from. A node can be read as it is.
      </p>
    );
  }
  if (keys?.list.begun !== true) {
    const leave = { label: 'Cancel', run: () => keys?.list.giveUp() };
    return <Waiting what="Reading the keys" rows={8} leave={leave} />;
  }
  const { list, details } = keys;
  if (list.problem !== null && list.count === 0) {
    return (
      <div role="alert" className="value-note">
        <p>{list.problem}</p>
        <Button onClick={onRefresh}>Try again</Button>
      </div>
    );
  }
  if (list.complete && list.count === 0) {
    return list.total === 0 && pattern === '' ? (
      <NoKeys clusterId={view.id} onLoaded={onRefresh} />
    ) : (
      <p className="value-note muted">Nothing matches {pattern}.</p>
    );
  }
  // A refresh may have moved the key that is chosen.
  const row =
    chosen === null || list.keyAt(chosen.row) === chosen.key ? null : list.rowOf(chosen.key);
  const selected = chosen === null || row === null ? chosen : row < 0 ? null : { ...chosen, row };
  const branches = form === 'tree' ? list.upTo(TREE_MAX) : null;
  return (
    <>
      {branches === null ? (
        <KeyTable {...{ list, details, selected, jump, onSelect }} />
      ) : (
        <KeyTreeTable
          {...{ list, details, onSelect }}
          keys={branches}
          chosen={chosen?.key ?? null}
        />
      )}
      <KeysFoot {...{ list, form }} isTree={branches !== null} nameOf={nameOf} />
    </>
  );
}

/** How much of what was read, and the ways to more. */
function KeysFoot({
  list,
  form,
  isTree,
  nameOf,
}: {
  readonly list: KeyList;
  readonly form: Form;
  readonly isTree: boolean;
  readonly nameOf: (nodeId: string) => string;
}): JSX.Element {
  return (
    <footer className="data-foot">
      <span className="muted truncate" role="status">
        {list.problem ?? listWords(list, nameOf)}
        {form === 'tree' && !isTree && TOO_MANY}
      </span>
      {isTree && !list.complete && (
        <Button size="small" onClick={() => void list.more()}>
          More
        </Button>
      )}
      {!list.complete && (
        <Button
          size="small"
          onClick={() => {
            if (list.readingAll) list.stop();
            else void list.all();
          }}
        >
          {list.readingAll ? 'Stop' : 'List all'}
        </Button>
      )}
    </footer>
  );
}

function NoKeys({
  clusterId,
  onLoaded,
}: {
  readonly clusterId: string;
  readonly onLoaded: () => void;
}): JSX.Element {
  const app = useApp();
  const busy = useBusy(`samples/${clusterId}`);
  return (
    <div className="data-none">
      <h2>No keys</h2>
      <Button
        kind="primary"
        busy={busy}
        disabledReason={useActReason()}
        onClick={() => loadSamples(app, clusterId, onLoaded)}
      >
        Load 1,000 sample keys
      </Button>
      <p className="muted">They are written through the log, four commands of 250 keys.</p>
    </div>
  );
}
