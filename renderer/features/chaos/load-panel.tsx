import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import { LOAD_LIMITS, type LoadRequest, type LoadView } from '../../../main/contract/load.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatClock, formatCount, formatDuration, formatPlural } from '../../ui/format.ts';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy, useNow } from '../app-context.tsx';
import { LoadChart } from './load-chart.tsx';
import './load.css';
import { VerdictView } from './verdict-view.tsx';

/** Work for the cluster while it is broken, and whether every answer it gave can be believed. */
export function LoadPanel({ view }: { readonly view: ClusterView }): JSX.Element {
  const load = useStore(useApp().load.store, (state) => state.load);
  const shown = load !== null && load.clusterId === view.id ? load : null;
  const running = shown?.state === 'running' || shown?.state === 'checking';
  return (
    <aside className="load" aria-label="Load and verdict" tabIndex={0}>
      {!running && <LoadForm key={shown?.runId} view={view} last={shown?.request ?? null} />}
      {shown === null ? (
        <p className="load-quiet muted">
          Clients read and write keys of their own, each value once. When they have ended, a checker
          says whether one order of all operations explains every answer.
        </p>
      ) : (
        <>
          {!running && <VerdictView view={view} load={shown} />}
          <LoadFigures view={view} load={shown} />
          {running && <VerdictView view={view} load={shown} />}
        </>
      )}
    </aside>
  );
}

type Fields = Readonly<Record<keyof LoadRequest, string>>;

const FIRST_FIELDS: Fields = {
  clients: '24',
  readPercent: '50',
  keys: '64',
  opsPerSecond: '200',
  durationMs: '60',
};

const LABELS: Readonly<Record<keyof LoadRequest, string>> = {
  clients: 'Clients',
  readPercent: 'Reads, %',
  keys: 'Keys',
  opsPerSecond: 'Ops/s',
  durationMs: 'Seconds',
};

const NAMES = Object.keys(LABELS) as (keyof LoadRequest)[];
const FACTORS = { clients: 1, readPercent: 1, keys: 1, opsPerSecond: 1, durationMs: 1000 } as const;

/** What is asked for, or what is wrong with it. */
function readFields(fields: Fields): LoadRequest | { readonly wrong: string } {
  const request = { clients: 0, readPercent: 0, keys: 0, opsPerSecond: 0, durationMs: 0 };
  for (const name of NAMES) {
    const factor = FACTORS[name];
    const { min, max } = LOAD_LIMITS[name];
    const top = name === 'readPercent' ? 99 : max;
    const value = fields[name].trim() === '' ? NaN : Number(fields[name]) * factor;
    if (!Number.isInteger(value) || value < min || value > top) {
      const limits = `${formatCount(min / factor)} to ${formatCount(top / factor)}`;
      return { wrong: `${LABELS[name]} must be a whole number from ${limits}.` };
    }
    request[name] = value;
  }
  return request;
}

/** A load that has run, as it was typed: the next one is the same unless somebody says otherwise. */
function fieldsOf(request: LoadRequest): Fields {
  const typed = (name: keyof LoadRequest): string => String(request[name] / FACTORS[name]);
  return {
    clients: typed('clients'),
    readPercent: typed('readPercent'),
    keys: typed('keys'),
    opsPerSecond: typed('opsPerSecond'),
    durationMs: typed('durationMs'),
  };
}

/** The figures of the next load; once one has run they fold away, because its verdict is the news. */
function LoadForm({
  view,
  last,
}: {
  readonly view: ClusterView;
  readonly last: LoadRequest | null;
}): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const busy = useBusy(`load/${view.id}`);
  const [fields, setFields] = useState(() => (last === null ? FIRST_FIELDS : fieldsOf(last)));
  const request = readFields(fields);
  const wrong = 'wrong' in request ? request.wrong : null;
  return (
    <form className="load-form" aria-label="Load" onSubmit={(event) => event.preventDefault()}>
      <div className="load-head">
        <h2>Load</h2>
        <Button
          kind="primary"
          icon="start"
          busy={busy}
          disabledReason={reason ?? wrong}
          onClick={() => {
            if ('wrong' in request) return;
            void act(app, {
              key: `load/${view.id}`,
              what: 'Start the load',
              call: () => app.api.startLoad({ clusterId: view.id, ...request }),
            });
          }}
        >
          Start
        </Button>
      </div>
      <details className="load-change" open={last === null}>
        <summary>
          {fields.clients} clients, {fields.keys} keys, {fields.readPercent} % reads,{' '}
          {fields.opsPerSecond} ops/s, {fields.durationMs} s
        </summary>
        <div className="load-fields">
          {NAMES.map((name) => (
            <TextField
              key={name}
              label={LABELS[name]}
              numeric
              maxLength={6}
              value={fields[name]}
              onChange={(text) => setFields({ ...fields, [name]: text })}
            />
          ))}
        </div>
      </details>
      {wrong !== null && <p className="load-wrong">{wrong}</p>}
    </form>
  );
}

interface LoadProps {
  readonly view: ClusterView;
  readonly load: LoadView;
}

function LoadFigures({ view, load }: LoadProps): JSX.Element {
  const { request, state, counts, endReason, endedAtMs } = load;
  const running = state === 'running';
  return (
    <section className="load-part" aria-label="Figures">
      {running || state === 'checking' ? (
        <Running view={view} load={load} />
      ) : (
        <p className="muted load-ended">
          Ended {endedAtMs === null ? '' : `at ${formatClock(endedAtMs)}`}: {endReason ?? ''}.
        </p>
      )}
      <p className="load-rate">
        {running && (
          <span>
            <strong>{formatCount(load.donePerSecond)}</strong> ops/s of{' '}
            {formatCount(request.opsPerSecond)}
          </span>
        )}
        {load.p50Ms !== null && load.p99Ms !== null && (
          <span className="muted">
            p50 {formatDuration(load.p50Ms)} · p99 {formatDuration(load.p99Ms)}
          </span>
        )}
      </p>
      <LoadChart load={load} />
      <dl className="load-counts">
        <Count label="operations" value={counts.done + counts.notDone + counts.unknown} />
        <Count label="done" value={counts.done} />
        <Count label="not done" value={counts.notDone} />
        <Count label="unknown" value={counts.unknown} />
      </dl>
      {load.errors.length > 0 && (
        <ul className="load-errors" aria-label="Errors by kind">
          {load.errors.map(({ kind, outcome, count }) => (
            <li key={`${kind} ${outcome}`}>
              <code className="truncate" title={kind}>
                {kind}
              </code>
              <span className="muted">{outcome}</span>
              <span>{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Running({ view, load }: LoadProps): JSX.Element {
  const app = useApp();
  const nowMs = useNow();
  const reason = useActReason();
  const busy = useBusy(`stop-load/${view.id}`);
  const { request, startedAtMs, state } = load;
  const leftMs = Math.max(0, startedAtMs + request.durationMs - nowMs);
  return (
    <div className="load-head">
      <h2>Load</h2>
      <span className="muted truncate">
        {formatPlural(request.clients, 'client')}, {formatPlural(request.keys, 'key')},{' '}
        {request.readPercent} % reads
      </span>
      {state === 'running' && (
        <Button
          busy={busy}
          disabledReason={reason}
          title={`${formatDuration(leftMs)} left`}
          onClick={() => {
            void act(app, {
              key: `stop-load/${view.id}`,
              what: 'Stop the load',
              call: () => app.api.stopLoad({ clusterId: view.id }),
            });
          }}
        >
          Stop
        </Button>
      )}
    </div>
  );
}

function Count({ label, value }: { readonly label: string; readonly value: number }): JSX.Element {
  return (
    <div>
      <dd>{formatCount(value)}</dd>
      <dt>{label}</dt>
    </div>
  );
}
