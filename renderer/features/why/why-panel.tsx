import { type JSX, useEffect, useRef } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatAge, formatClock, formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { useActReason, useApp, useBusy, useNow } from '../app-context.tsx';
import { faceOf } from '../nodes/face.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { acts, runStep, stepCommand, stepKey } from './run-step.ts';
import type { EvidenceItem, Finding, Step, Verdict } from './verdict.ts';
import './why.css';

/** Why the cluster is as it is, at the moment that is shown. */
export function WhyPanel({ onClose }: { readonly onClose: () => void }): JSX.Element | null {
  const app = useApp();
  const nowMs = useNow();
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const pastMarks = useStore(app.cluster.store, (cluster) => cluster.pastMarks);
  const tail = useStore(app.recording.store, (recording) => recording.tail);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  if (view === null) return null;
  const marks = pastMarks ?? tail?.marks ?? [];
  const diagnosis = diagnose({ view, marks, nowMs });
  return (
    <section className="why" aria-label="Why">
      <header className="why-head">
        <h2 ref={heading} tabIndex={-1}>
          {diagnosis === null ? 'Nothing to explain' : HEADINGS[diagnosis.question]}
        </h2>
        <IconButton icon="close" label="Close" size="small" onClick={onClose} />
        <p className="muted">{subtitleOf(view, diagnosis, nowMs)}</p>
      </header>
      {diagnosis !== null && <Answer view={view} diagnosis={diagnosis} nowMs={nowMs} />}
    </section>
  );
}

const HEADINGS = {
  'no-leader': 'Why is there no leader?',
  degraded: 'Why is it degraded?',
} as const;

function subtitleOf(view: ClusterView, diagnosis: Diagnosis | null, nowMs: number): string {
  if (diagnosis?.question !== 'no-leader') return view.health.sentence;
  const { sinceMs } = diagnosis;
  if (sinceMs === null) return 'None since it has been watched';
  return `None for ${formatDuration(nowMs - sinceMs)}, since ${formatClock(sinceMs)}`;
}

interface AnswerProps {
  readonly view: ClusterView;
  readonly diagnosis: Diagnosis;
  readonly nowMs: number;
}

function Answer({ view, diagnosis, nowMs }: AnswerProps): JSX.Element {
  const app = useApp();
  const { verdict, also, isElecting } = diagnosis;
  return (
    <>
      {verdict === null ? (
        <section className="why-part" aria-label="Verdict">
          <p>
            <strong>{isElecting ? 'An election may be under way.' : 'Not explained.'}</strong>{' '}
            {isElecting
              ? 'It has been without a leader for less than three election timeouts.'
              : 'Here is what was checked.'}
          </p>
        </section>
      ) : (
        <>
          <VerdictPart {...{ view, verdict, nowMs }} />
          <section className="why-part" aria-label="Evidence">
            <h3>Evidence</h3>
            <ul className="why-evidence">
              {verdict.evidence.map((item, at) => (
                <EvidenceLine key={at} item={item} nowMs={nowMs} />
              ))}
            </ul>
          </section>
        </>
      )}
      <section className="why-part" aria-label="Also checked">
        {verdict !== null && <h3>Also checked</h3>}
        <ul className="why-checks">
          {also.map((finding) => (
            <Check key={finding.rule} finding={finding} />
          ))}
        </ul>
      </section>
      <section className="why-part">
        <Button onClick={() => app.wishes.make({ kind: 'report' })}>Save a report…</Button>
      </section>
    </>
  );
}

function VerdictPart({
  view,
  verdict,
  nowMs,
}: {
  readonly view: ClusterView;
  readonly verdict: Verdict;
  readonly nowMs: number;
}): JSX.Element {
  const { sentence, consequence, steps, hint, nodeIds } = verdict;
  const node = view.nodes.find(({ id }) => id === nodeIds[0]);
  const command = steps[0] === undefined ? null : stepCommand(view, steps[0]);
  return (
    <section
      className={`why-part why-verdict why-verdict-${view.health.level}`}
      aria-label="Verdict"
    >
      <p className="why-sentence">
        {node !== undefined && <RoleGlyph kind={faceOf(node, nowMs).kind} />}
        <strong>{sentence}</strong>
      </p>
      <p>{consequence}</p>
      <div className="why-steps">
        {steps.map((step, at) => (
          <StepButton key={step.label} view={view} step={step} isFirst={at === 0} />
        ))}
        {command !== null && command !== '' && (
          <CopyButton text={command} what="it as a command" iconOnly />
        )}
      </div>
      {hint !== null && <p className="muted why-small">{hint}</p>}
    </section>
  );
}

function StepButton({
  view,
  step,
  isFirst,
}: {
  readonly view: ClusterView;
  readonly step: Step;
  readonly isFirst: boolean;
}): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  const busy = useBusy(stepKey(view, step));
  return (
    <Button
      kind={isFirst ? 'primary' : 'normal'}
      busy={busy}
      disabledReason={acts(step) ? actReason : null}
      onClick={() => runStep(app, view, step)}
    >
      {step.label}
    </Button>
  );
}

function EvidenceLine({
  item: { text, saidBy, atMs },
  nowMs,
}: {
  readonly item: EvidenceItem;
  readonly nowMs: number;
}): JSX.Element {
  const ageMs = Math.max(0, nowMs - atMs);
  const age = ageMs < 1_000 ? 'just now' : `${formatAge(ageMs)} ago`;
  const app = useApp();
  return (
    <li>
      <button
        type="button"
        className="why-time"
        title="Show this moment"
        onClick={() => app.time.go(atMs)}
      >
        {formatClock(atMs)}
      </button>
      <span className="why-text">
        {text}
        <span className="muted why-small why-source">
          {saidBy}, {age}
        </span>
      </span>
    </li>
  );
}

function Check({ finding: { looked, seen, verdict } }: { readonly finding: Finding }): JSX.Element {
  const holds = verdict !== null;
  return (
    <li className={holds ? 'why-check why-check-holds' : 'why-check'}>
      <Icon name={holds ? 'warning' : 'check'} />
      <span>{looked}</span>
      <span className="muted why-seen">{seen}</span>
      {holds && <span className="why-small why-too">{verdict.sentence}</span>}
    </li>
  );
}
