import type { JSX, ReactNode } from 'react';

import type { ClusterView, HealthLevel } from '../../../main/contract/model.ts';
import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import type { LinkState } from '../../state/app-state.ts';
import type { Pace } from '../../state/time.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatMoment,
  formatPlural,
  NONE,
} from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { pastReason, useNow } from '../app-context.tsx';
import { questionOf } from '../why/question.ts';
import { WhyButton } from '../why/why.tsx';
import { splitSentence } from './mood.ts';

/** One line that says how the cluster is: in words first, then in the four figures that matter. */
export function TruthLine({
  view,
  link,
  atMs,
  pace,
  recording,
}: {
  readonly view: ClusterView;
  readonly link: LinkState;
  /** The moment shown when it is not the present. */
  readonly atMs: number | null;
  readonly pace: Pace;
  /** The recording from a file that is shown; null where it is a cluster. */
  readonly recording: OpenedRecording | null;
}): JSX.Element {
  const { health, nodes } = view;
  const leader = nodes.find(({ id }) => id === health.leaderId);
  const lostQuorum = health.level === 'no-leader' && health.tolerance < 0;
  return (
    <>
      {link === 'lost' ? (
        <LostSentence timeMs={view.timeMs} />
      ) : atMs === null ? (
        <Sentence view={view} />
      ) : (
        <PastSentence atMs={atMs} pace={pace} view={view} recording={recording} />
      )}
      <dl className="truth-figures">
        <Figure label="Term">{health.term === null ? NONE : formatCount(health.term)}</Figure>
        <Figure label="Leader">
          {leader === undefined ? (
            'none'
          ) : (
            <>
              <span className="crown">
                <Icon name="crown" />
              </span>
              <span className="truncate">{leader.name}</span>
            </>
          )}
        </Figure>
        <Figure label="Quorum" alarming={lostQuorum}>
          {lostQuorum
            ? `${String(health.votersUp)} of ${String(health.quorum)}`
            : `${String(health.quorum)} of ${String(health.voters)}`}
        </Figure>
        {health.worstLagEntries !== null && (
          <Figure label="Worst lag">
            {health.worstLagEntries === 0 ? (
              'none'
            ) : (
              <Lag entries={health.worstLagEntries} ms={health.worstLagMs} />
            )}
          </Figure>
        )}
      </dl>
    </>
  );
}

function Lag({
  entries,
  ms,
}: {
  readonly entries: number;
  readonly ms: number | null;
}): JSX.Element {
  return (
    <>
      {formatCount(entries)}
      <span className="truth-unit">{entries === 1 ? 'entry' : 'entries'}</span>
      {ms !== null && <span>· {formatDuration(ms)}</span>}
    </>
  );
}

function Figure({
  label,
  alarming = false,
  children,
}: {
  readonly label: string;
  readonly alarming?: boolean;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div className={alarming ? 'truth-figure truth-figure-alarming' : 'truth-figure'}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const MARKS: Readonly<Record<HealthLevel, JSX.Element>> = {
  healthy: <span className="dot" />,
  degraded: <Icon name="warning" />,
  'no-leader': <Icon name="close" />,
  starting: <span className="dot dot-hollow" />,
  stopped: <Icon name="stop" size={12} />,
  unknown: <span className="dot dot-hollow" />,
};

function Sentence({ view }: { readonly view: ClusterView }): JSX.Element {
  const { level, sentence, leaderChangedAtMs } = view.health;
  const { word, fact, more } = splitSentence(sentence);
  return (
    <p className={`truth-sentence truth-${level}`} title={sentence}>
      {MARKS[level]}
      <strong className="truth-word">{word}</strong>
      <span className="truncate">
        {level === 'no-leader' && leaderChangedAtMs !== null && (
          <Since sinceMs={leaderChangedAtMs} joined={fact !== ''} />
        )}
        {fact}
        {level === 'no-leader' ? more : <span className="truth-more">{more}</span>}
      </span>
      {questionOf(view) !== null && <WhyButton grave={level !== 'degraded'} />}
    </p>
  );
}

function Since({
  sinceMs,
  joined,
}: {
  readonly sinceMs: number;
  readonly joined: boolean;
}): JSX.Element {
  return (
    <>
      for {formatDuration(useNow() - sinceMs)}
      {joined ? ': ' : ''}
    </>
  );
}

function LostSentence({ timeMs }: { readonly timeMs: number }): JSX.Element {
  const seen = `You are looking at ${formatClock(timeMs)}.`;
  // A host that was started again lets nobody in by what the one before it gave out.
  const next = 'Trying again. If it was restarted, open the address that it printed.';
  return (
    <p className="truth-sentence truth-lost" role="alert">
      <Icon name="freeze" />
      <strong className="truth-word">Connection to the host lost.</strong>
      <span className="truncate" title={`${seen} ${next}`}>
        {seen} {next}
      </span>
    </p>
  );
}

const REPLAYS = { half: '1/2', tenth: '1/10' } as const;

function PastSentence({
  atMs,
  pace,
  view,
  recording,
}: {
  readonly atMs: number;
  readonly pace: Pace;
  readonly view: ClusterView;
  readonly recording: OpenedRecording | null;
}): JSX.Element {
  const replay = pace === 'half' || pace === 'tenth' ? REPLAYS[pace] : null;
  const going = recording === null ? ' · the cluster continues' : '';
  return (
    <p className="truth-sentence truth-past" title={view.health.sentence}>
      <Icon name="freeze" />
      <strong className="truth-word">{formatMoment(atMs)}</strong>
      <span className="truncate">
        {replay === null
          ? recording === null
            ? pastReason(atMs)
            : view.health.sentence
          : `Replaying at ${replay}${going}.`}
      </span>
      {questionOf(view) !== null && <WhyButton grave={false} />}
    </p>
  );
}

/** The sentence again for whoever hears the page: on a change of state, not of a figure. */
export function healthAnnouncement(view: ClusterView): string {
  const { health, nodes } = view;
  const leader = nodes.find(({ id }) => id === health.leaderId);
  const led = leader === undefined ? '' : ` Leader: ${leader.name}, term ${String(health.term)}.`;
  const up = formatPlural(health.votersUp, 'voter');
  return `${view.name}: ${splitSentence(health.sentence).word}, ${up} up.${led}`;
}
