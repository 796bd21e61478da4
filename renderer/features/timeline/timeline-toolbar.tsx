import type { JSX } from 'react';
import { useStore } from 'zustand';

import { Button, IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { useApp, useShownRecording } from '../app-context.tsx';
import { keyHint } from '../shell/shortcuts.ts';
import { addBookmark } from './bookmarks.ts';
import { Minimap } from './minimap.tsx';
import { SPANS } from './scale.ts';

const PACES = [
  { value: 'live', label: 'Live' },
  { value: 'half', label: '1/2' },
  { value: 'tenth', label: '1/10' },
] as const;

/** A recording has an end instead of a present. */
const RECORDED_PACES = PACES.map((pace) =>
  pace.value === 'live' ? { ...pace, label: 'End' } : pace,
);

interface TimelineToolbarProps {
  readonly spanMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly onSpan: (spanMs: number) => void;
  /** What happened at the moment shown. */
  readonly caption: string | null;
}

export function TimelineToolbar(props: TimelineToolbarProps): JSX.Element {
  const { spanMs, fromMs, toMs, onSpan, caption } = props;
  const app = useApp();
  const { atMs, pace, problem } = useStore(app.time.store);
  const facts = useStore(app.recording.store, (recording) => recording.facts);
  const recording = useShownRecording();
  return (
    <div className="timeline-toolbar">
      <h2 className="timeline-title">Timeline</h2>
      <Minimap
        outline={facts?.outline ?? []}
        fromMs={fromMs}
        toMs={toMs}
        onGo={app.time.go}
        endLabel={recording === null ? 'now' : 'end'}
      />
      <p className="timeline-caption truncate" title={caption ?? undefined}>
        {problem ?? facts?.problem ?? caption}
      </p>
      <span className="timeline-controls">
        <IconButton
          icon="step-back"
          label={`Previous event (${keyHint('time-previous')})`}
          size="small"
          onClick={() => void app.time.step('previous', 'event')}
        />
        <IconButton
          icon="step-forward"
          label={`Next event (${keyHint('time-next')})`}
          size="small"
          onClick={() => void app.time.step('next', 'event')}
        />
        <IconButton
          icon={atMs === null || pace !== 'paused' ? 'freeze' : 'start'}
          label={pace === 'paused' ? 'Replay at half speed (Space)' : 'Hold the picture (Space)'}
          size="small"
          onClick={app.time.togglePause}
        />
        <Segmented
          label="Speed"
          options={recording === null ? PACES : RECORDED_PACES}
          value={pace === 'paused' ? null : pace}
          onChange={(next) => (next === 'live' ? app.time.go(null) : app.time.play(next))}
        />
        <StretchMenu spanMs={spanMs} onSpan={onSpan} />
        <Button
          kind="quiet"
          size="small"
          icon="bookmark"
          keyHint={keyHint('time-bookmark')}
          onClick={() => void addBookmark(app)}
        >
          Bookmark
        </Button>
      </span>
    </div>
  );
}

function StretchMenu({
  spanMs,
  onSpan,
}: Pick<TimelineToolbarProps, 'spanMs' | 'onSpan'>): JSX.Element {
  const span = SPANS.find(({ value }) => value === spanMs);
  return (
    <Menu
      label="Stretch shown"
      button={{
        className: 'button button-quiet button-small',
        content: (
          <>
            {span?.label}
            <Icon name="chevron-down" />
          </>
        ),
      }}
      items={SPANS.map(({ value, label }) => ({
        id: label,
        label,
        checked: value === spanMs,
        run: () => onSpan(value),
      }))}
    />
  );
}
