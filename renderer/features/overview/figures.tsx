import type { JSX, ReactNode } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { HISTORY_SECONDS, type History, leaderOf, type Sample } from '../../state/history.ts';
import {
  durationOf,
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
} from '../../ui/format.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { useNow } from '../app-context.tsx';
import { toleranceText } from '../membership/quorum.ts';

interface FiguresProps {
  readonly view: ClusterView;
  readonly history: History;
  /** The committed index is in the middle of the ring; else it stands here. */
  readonly indexOnRing: boolean;
}

/** Four figures that say how much the cluster does, and how fast. */
export function Figures({ view, history, indexOnRing }: FiguresProps): JSX.Element {
  const { health } = view;
  const status = leaderOf(view)?.status ?? null;
  const slowest = slowestFsync(view);
  return (
    <dl className="figures">
      <Figure label="Committed">
        {indexOnRing || health.commitIndex === null ? (
          <Value value={formatRate(history.commitsPerSecond ?? 0)} unit="entries/s" />
        ) : (
          <>
            <Value value={formatCount(health.commitIndex)} unit="" />
            <p className="figure-note">{formatRate(history.commitsPerSecond ?? 0)} entries/s</p>
          </>
        )}
        <Trend
          history={history}
          pick={(sample) => sample.commitsPerSecond}
          label="Entries committed per second, last minute"
        />
      </Figure>
      {health.leaderId === null && health.leaderChangedAtMs !== null && (
        <Leaderless sinceMs={health.leaderChangedAtMs} />
      )}
      {status !== null && status.commitP99Ms !== null && (
        <Figure label="Commit latency, p99">
          <Value {...durationOf(status.commitP99Ms)} />
          <Trend
            history={history}
            pick={(sample) => sample.commitP99Ms}
            label="Commit latency p99, last minute"
          />
          {status.commitP50Ms !== null && (
            <p className="figure-note">p50 {formatDuration(status.commitP50Ms)}</p>
          )}
        </Figure>
      )}
      {slowest !== null && (
        <Figure label="Slowest fsync, p99">
          <Value
            value={durationOf(slowest.ms).value}
            unit={`${durationOf(slowest.ms).unit} on ${slowest.name}`}
          />
        </Figure>
      )}
      <Figure label="Voters">
        <Value
          value={String(health.voters)}
          unit={toleranceText({ voters: health.voters, up: health.votersUp, nonVoters: 0 })}
        />
      </Figure>
    </dl>
  );
}

function Figure({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Value({ value, unit }: { readonly value: string; readonly unit: string }): JSX.Element {
  return (
    <p className="figure-value">
      <strong>{value}</strong> {unit}
    </p>
  );
}

function Leaderless({ sinceMs }: { readonly sinceMs: number }): JSX.Element {
  const { value, unit } = durationOf(useNow() - sinceMs);
  return (
    <Figure label="Without a leader">
      <Value value={value} unit={unit} />
      <p className="figure-note">since {formatClock(sinceMs)}</p>
    </Figure>
  );
}

function Trend({
  history,
  pick,
  label,
}: {
  readonly history: History;
  readonly pick: (sample: Sample) => number | null;
  readonly label: string;
}): JSX.Element {
  return (
    <Sparkline
      values={history.samples.map(pick)}
      span={HISTORY_SECONDS}
      width={136}
      height={24}
      label={label}
    />
  );
}

function slowestFsync(view: ClusterView): { readonly ms: number; readonly name: string } | null {
  let slowest: { readonly ms: number; readonly name: string } | null = null;
  for (const { name, status, connected } of view.nodes) {
    const ms = status?.fsyncP99Ms ?? null;
    if (!connected || ms === null) continue;
    if (slowest === null || ms > slowest.ms) slowest = { ms, name };
  }
  return slowest;
}
