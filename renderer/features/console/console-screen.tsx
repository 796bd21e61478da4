import { type JSX, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import type { ConsoleEntry } from '../../state/console.ts';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { type CommandDoc, readCommandDocs } from './command-docs.ts';
import { ConsoleEntryView } from './console-entry.tsx';
import { ConsoleInput } from './console-input.tsx';
import './console.css';
import { splitLine } from './split-line.ts';

/** Talk RESP to any node, and see who answered. */
export function ConsoleScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <Console key={view.id} view={view} />}</ClusterScreen>;
}

/** Whom a line goes to: the leader, one node, or each of them. */
const LEADER = 'leader';
const ALL = 'all';

function Console({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const routed = useStore(app.route.store, ({ nodeId }) => nodeId);
  const { entries, lines, followRedirects, clusterId } = useStore(app.console.store);
  const reason = useActReason();
  const nodes = view.nodes.filter(({ removed }) => !removed);
  const [wide, setWide] = useState<typeof LEADER | typeof ALL | null>(LEADER);
  const target = wide ?? nodes.find(({ id }) => id === routed)?.id ?? LEADER;
  const docs = useCommandDocs(view);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => app.console.open(view.id), [app, view.id]);

  const send = (line: string): boolean => {
    const split = splitLine(line);
    setProblem(split.ok ? null : `${split.reason} Nothing was sent.`);
    if (!split.ok || split.args.length === 0) return split.ok;
    const targets =
      target === ALL ? nodes.map(({ id }) => id) : [target === LEADER ? null : target];
    for (const one of targets) void app.console.send(line, split.args, one);
    return true;
  };

  return (
    <div className="console">
      <div className="toolbar">
        <h1 className="toolbar-title">Console</h1>
        <Segmented
          label="Send to"
          options={[
            { value: LEADER, label: 'Leader' },
            ...nodes.map(({ id, name }) => ({ value: id, label: name })),
            { value: ALL, label: 'All nodes' },
          ]}
          value={target}
          onChange={(next) => {
            setWide(next === LEADER || next === ALL ? next : null);
            if (next !== LEADER && next !== ALL) app.route.go({ nodeId: next });
          }}
        />
        <span className="toolbar-end">
          <label className="console-follow">
            <input
              type="checkbox"
              checked={followRedirects}
              onChange={(event) => app.console.setFollowRedirects(event.target.checked)}
            />
            Follow MOVED
          </label>
          <Button kind="quiet" onClick={app.console.clear}>
            Clear
          </Button>
        </span>
      </div>
      <Log entries={entries}>
        {clusterId === view.id && entries.length === 0 && <Examples onSend={send} />}
        {clusterId === view.id && <Entries entries={entries} view={view} />}
      </Log>
      <ConsoleInput
        prompt={promptOf(target, view)}
        lines={lines}
        docs={docs}
        disabledReason={reason}
        problem={problem}
        onType={() => setProblem(null)}
        onPasteLines={(count) => setProblem(severalLines(count))}
        onSend={send}
      />
    </div>
  );
}

function severalLines(count: number): string {
  return `One line is sent at a time, and these are ${String(count)}. Nothing was pasted.`;
}

function promptOf(target: string, view: ClusterView): string {
  if (target === ALL) return 'all nodes';
  if (target !== LEADER) return view.nodes.find(({ id }) => id === target)?.name ?? target;
  return view.nodes.find(({ id }) => id === view.health.leaderId)?.name ?? 'leader';
}

/** The commands that the cluster offers, as its first node that answers describes them. */
function useCommandDocs(view: ClusterView): readonly CommandDoc[] {
  const app = useApp();
  const [docs, setDocs] = useState<readonly CommandDoc[]>([]);
  // Any node knows them, while there may be no leader to ask just now.
  const from = view.nodes.find(({ connected, removed }) => connected && !removed)?.id ?? null;
  useEffect(() => {
    if (from === null) return undefined;
    let gone = false;
    const args = ['COMMAND', 'DOCS'];
    const request = { clusterId: view.id, nodeId: from, args, followRedirects: true };
    void app.api.sendCommand(request).then((result) => {
      // Without them there is no completion; every command can be typed all the same.
      if (!gone && result.ok) setDocs(readCommandDocs(result.value.reply));
    });
    return () => {
      gone = true;
    };
  }, [app, view.id, from]);
  return docs;
}

function Entries({
  entries,
  view,
}: {
  readonly entries: readonly ConsoleEntry[];
  readonly view: ClusterView;
}): JSX.Element {
  const app = useApp();
  const sendTo = (line: string, nodeId: string): void => {
    const split = splitLine(line);
    if (split.ok) void app.console.send(line, split.args, nodeId);
  };
  return (
    <>
      {entries.map((entry) => (
        <ConsoleEntryView key={entry.id} {...{ entry, view }} onSend={sendTo} />
      ))}
    </>
  );
}

/** As near to the end as nobody who reads further up comes. */
const END = 24;

/**
 * What was said, the newest at the end and in sight: a line when it is sent, and its answer when it
 * comes, unless somebody has gone up to read meanwhile.
 */
function Log({
  entries,
  children,
}: {
  readonly entries: readonly ConsoleEntry[];
  readonly children: ReactNode;
}): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const newest = entries.at(-1)?.id ?? 0;
  const toEnd = (): void => {
    const element = frame.current;
    element?.scrollTo({ top: element.scrollHeight });
  };
  useLayoutEffect(() => {
    atEnd.current = true;
    toEnd();
  }, [newest]);
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  }, [entries]);
  return (
    <div
      ref={frame}
      className="console-log"
      role="log"
      aria-label="Answers"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - END;
      }}
    >
      {children}
    </div>
  );
}

const EXAMPLES = ['SET hello world', 'RAFT INFO', 'RAFT SERVER LIST'] as const;

function Examples({ onSend }: { readonly onSend: (line: string) => boolean }): JSX.Element {
  return (
    <div className="console-examples">
      <p className="muted">Nothing sent yet. For example:</p>
      {EXAMPLES.map((line) => (
        <Button key={line} onClick={() => void onSend(line)}>
          <code>{line}</code>
        </Button>
      ))}
    </div>
  );
}
