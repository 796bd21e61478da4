import { useEffect, useState } from 'react';
import { useStore } from 'zustand';

import {
  explainsMetrics,
  metricsPointOf,
  type MetricsView,
  withPoint,
} from '../../../main/contract/metrics.ts';
import type { EventView } from '../../../main/contract/model.ts';
import { useApp } from '../app-context.tsx';

/** Seconds kept while the present is watched: the longest window. */
const POINTS_MAX = 900;
/** Of a past moment so much of the window is shown after it. */
const AFTER_SHARE = 0.2;

export interface Metrics {
  readonly data: Pick<MetricsView, 'points' | 'marks'> | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Why they cannot be read, or null. */
  readonly problem: string | null;
  /** Waits for them no longer. */
  readonly giveUp: () => void;
  /** Asks for them once more. */
  readonly readAgain: () => void;
}

/** The figures of the last `spanMs`, or of as much around the past moment that is shown. */
export function useMetrics(clusterId: string, spanMs: number): Metrics {
  const app = useApp();
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const [data, setData] = useState<Metrics['data']>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [asked, setAsked] = useState(0);
  const [nowMs, setNowMs] = useState(() => app.clock.hostNow());
  const [heldMs, setHeldMs] = useState<number | null>(null);
  const wantedMs = atMs === null ? null : windowEnd(heldMs ?? nowMs, atMs, spanMs, nowMs);
  if (wantedMs !== heldMs) setHeldMs(wantedMs);
  const toMs = heldMs ?? nowMs;

  useEffect(() => {
    let wanted = true;
    setProblem(null);
    const untilMs = heldMs ?? app.clock.hostNow();
    void app.api
      .readMetrics({ clusterId, fromMs: untilMs - spanMs, toMs: untilMs })
      .then((result) => {
        if (!wanted) return;
        setProblem(result.ok ? null : result.error.message);
        if (result.ok) setData(result.value);
      });
    return () => {
      wanted = false;
    };
  }, [app, clusterId, spanMs, heldMs, asked]);

  useEffect(() => {
    const stopView = app.cluster.onView((view) => {
      if (view.id !== clusterId) return;
      const point = metricsPointOf(view);
      setNowMs(point.timeMs);
      if (heldMs !== null || view.health.level === 'stopped') return;
      setData((known) => {
        if (known === null) return known;
        return { ...known, points: withPoint(known.points, point, POINTS_MAX) };
      });
    });
    const stopEvents = app.cluster.onEvents((events) => {
      const fresh = events.filter(
        (event) => event.clusterId === clusterId && explainsMetrics(event),
      );
      if (fresh.length === 0 || heldMs !== null) return;
      setData((known) =>
        known === null ? known : { ...known, marks: merged(known.marks, fresh) },
      );
    });
    return () => {
      stopView();
      stopEvents();
    };
  }, [app, clusterId, heldMs]);
  return {
    data,
    fromMs: toMs - spanMs,
    toMs,
    problem,
    giveUp: () => setProblem('The host had not answered when you stopped waiting.'),
    readAgain: () => setAsked(asked + 1),
  };
}

/** The end of the window: it stays while the moment is in it. */
function windowEnd(endMs: number, atMs: number, spanMs: number, nowMs: number): number {
  if (atMs <= endMs && atMs >= endMs - spanMs) return endMs;
  return Math.min(nowMs, atMs + AFTER_SHARE * spanMs);
}

function merged(known: readonly EventView[], fresh: readonly EventView[]): readonly EventView[] {
  const seen = new Set(known.map(({ sequence }) => sequence));
  const added = fresh.filter(({ sequence }) => !seen.has(sequence));
  return [...known, ...added].sort((left, right) => left.timeMs - right.timeMs);
}
