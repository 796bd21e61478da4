import { type JSX, type PointerEvent, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { stretchFor, type Stretch } from '../../state/recording.ts';
import { formatCount, formatMoment } from '../../ui/format.ts';
import { useApp } from '../app-context.tsx';
import { faceOf } from '../nodes/face.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import { useSize } from '../../ui/use-size.ts';
import { describeEvent } from './happenings.ts';
import { liveEnd, ORDERING_MS, SPANS, windowEnd } from './scale.ts';
import './timeline.css';
import { faultRows, TimelinePicture } from './timeline-picture.tsx';
import { TimelineToolbar } from './timeline-toolbar.tsx';
import { timeKeys } from './use-time-keys.ts';

/** What happened, a lane per node, and the way to any moment of it. */
export function Timeline({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const { atMs } = useStore(app.time.store);
  const recording = useStore(app.recording.store);
  const [spanMs, setSpanMs] = useState<number>(SPANS[1].value);
  const liveMs = recording.tail?.toMs ?? app.clock.hostNow();
  const { fromMs, toMs } = useWindow(atMs, spanMs, liveMs);
  useEffect(() => app.recording.show(fromMs, Math.min(toMs, liveMs)));
  const stretch = stretchFor(recording, fromMs, Math.min(toMs, liveMs)) ?? EMPTY;
  const cursorMs = atMs ?? liveMs - ORDERING_MS;
  const nodes = view.nodes.filter(({ removed }) => !removed);
  const caption = captionOf(stretch, atMs);
  return (
    <section
      className="timeline"
      aria-label="Timeline"
      data-keys="time"
      onKeyDown={timeKeys(app, spanMs)}
    >
      <TimelineToolbar {...{ spanMs, fromMs, toMs, caption }} onSpan={setSpanMs} />
      <div className="timeline-body">
        <Gutter view={view} faults={faultRows(stretch, fromMs, toMs)} />
        <Scrubber fromMs={fromMs} toMs={toMs} cursorMs={cursorMs} caption={caption}>
          {(width) => (
            <TimelinePicture
              stretch={stretch}
              nodeIds={nodes.map(({ id }) => id)}
              selectedId={app.route.store.getState().nodeId}
              isPast={atMs !== null}
              gaps={recording.facts?.gaps ?? []}
              bookmarks={(recording.facts?.bookmarks ?? []).map(({ timeMs }) => timeMs)}
              {...{ fromMs, toMs, cursorMs, liveMs, width }}
            />
          )}
        </Scrubber>
      </div>
    </section>
  );
}

const EMPTY: Stretch = { startMs: null, fromMs: 0, toMs: 0, before: [], marks: [], samples: [] };

/** The stretch in sight: up to the present while it is shown, else whatever holds the moment. */
function useWindow(
  atMs: number | null,
  spanMs: number,
  liveMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const [heldEndMs, setHeldEndMs] = useState<number | null>(null);
  const presentEnd = liveEnd(liveMs, spanMs);
  const wantedMs =
    atMs === null ? null : windowEnd(heldEndMs ?? presentEnd, atMs, spanMs, presentEnd);
  if (wantedMs !== heldEndMs) setHeldEndMs(wantedMs);
  const toMs = wantedMs ?? presentEnd;
  return { fromMs: toMs - spanMs, toMs };
}

/** What happened last, at the moment shown. */
function captionOf({ marks }: Stretch, atMs: number | null): string | null {
  if (atMs === null) return null;
  const last = marks.findLast(({ timeMs }) => timeMs <= atMs);
  return last === undefined ? null : describeEvent(last);
}

function Gutter({
  view,
  faults,
}: {
  readonly view: ClusterView;
  readonly faults: number;
}): JSX.Element {
  const app = useApp();
  const selectedId = useStore(app.route.store, ({ nodeId }) => nodeId);
  return (
    <div className="timeline-gutter">
      <span className="timeline-gutter-head">Term</span>
      {Array.from({ length: faults }, (_, at) => (
        <span key={at} className="timeline-gutter-fault">
          {at === 0 ? 'Faults' : ''}
        </span>
      ))}
      {view.nodes
        .filter(({ removed }) => !removed)
        .map((node) => {
          const term = node.status?.term;
          return (
            <span
              key={node.id}
              className={node.id === selectedId ? 'timeline-name selected' : 'timeline-name'}
            >
              <RoleGlyph kind={faceOf(node, view.timeMs).kind} />
              <strong className="truncate">{node.name}</strong>
              <span className="timeline-term truncate">
                {term === undefined ? '' : `t ${formatCount(term)}`}
              </span>
            </span>
          );
        })}
    </div>
  );
}

/** Drag to move through time; arrow keys do the same. */
function Scrubber({
  fromMs,
  toMs,
  cursorMs,
  caption,
  children,
}: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cursorMs: number;
  readonly caption: string | null;
  readonly children: (width: number) => JSX.Element;
}): JSX.Element {
  const app = useApp();
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const { startMs = null } = useStore(app.recording.store, ({ facts }) => facts) ?? {};
  const scrub = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    app.time.go(fromMs + share * (toMs - fromMs));
  };
  return (
    <div
      ref={frame}
      className="timeline-lanes"
      role="slider"
      tabIndex={0}
      aria-label="Moment shown"
      aria-valuemin={Math.floor(startMs ?? fromMs)}
      aria-valuemax={Math.floor(app.clock.hostNow())}
      aria-valuenow={Math.floor(cursorMs)}
      aria-valuetext={`${formatMoment(cursorMs)}${caption === null ? '' : `, ${caption}`}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scrub(event);
      }}
      onPointerMove={scrub}
    >
      {size !== null && size.width > 0 && children(size.width)}
    </div>
  );
}
