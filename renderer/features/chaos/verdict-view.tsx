import type { JSX } from 'react';

import type {
  LoadOperation,
  LoadSoFar,
  LoadVerdict,
  LoadView,
  LoadViolation,
} from '../../../main/contract/load.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatDuration, formatMoment, formatPlural } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { act } from '../act.ts';
import { useApp, useBusy } from '../app-context.tsx';
import { operationWords, soFarWords, verdictWords } from './verdict-words.ts';

interface VerdictProps {
  readonly view: ClusterView;
  readonly load: LoadView;
}

/** Whether every answer can be believed, and if not, which cannot. */
export function VerdictView({ view, load }: VerdictProps): JSX.Element | null {
  const { state, verdict, problem } = load;
  if (state === 'running') {
    return <SoFar soFar={load.soFar} />;
  }
  return (
    <section className="load-part" aria-label="Verdict">
      <div role="status">
        {state === 'checking' && <p className="muted">Every answer is being checked.</p>}
        {problem !== null && <p className="load-wrong">No verdict: {problem}</p>}
        {verdict !== null && <VerdictWords verdict={verdict} load={load} />}
      </div>
      {verdict?.violations.map((violation) => (
        <Violation key={violation.key} violation={violation} />
      ))}
      {state === 'ended' && <SaveHistory view={view} />}
    </section>
  );
}

/** What is known while it runs: of the answers up to a moment, and of none after. */
function SoFar({ soFar }: { readonly soFar: LoadSoFar | null }): JSX.Element {
  if (soFar === null) {
    return (
      <p className="load-part muted">
        Nothing is checked yet. The verdict comes when the load has ended. Break something
        meanwhile.
      </p>
    );
  }
  const [title, sentence] = soFarWords(soFar);
  return (
    <section className="load-part" aria-label="So far">
      <h2 className={`verdict verdict-${VERDICT_TONES[soFar.verdict]}`}>
        <Icon name={VERDICT_ICONS[soFar.verdict]} />
        {title}
      </h2>
      <p>{sentence}</p>
      <p className="muted">The verdict comes when the load has ended.</p>
    </section>
  );
}

const VERDICT_ICONS = {
  linearizable: 'check',
  undecided: 'help',
  'not linearizable': 'kill',
} as const;
const VERDICT_TONES = {
  linearizable: 'ok',
  undecided: 'open',
  'not linearizable': 'wrong',
} as const;

function VerdictWords({
  verdict,
  load,
}: {
  readonly verdict: LoadVerdict;
  readonly load: LoadView;
}): JSX.Element {
  const [title, sentence] = verdictWords(verdict);
  const kept = load.keysDeleted
    ? 'Its keys were deleted.'
    : `Its keys are kept under raftdeck:load:${load.runId}:`;
  return (
    <>
      <h2 className={`verdict verdict-${VERDICT_TONES[verdict.verdict]}`}>
        <Icon name={VERDICT_ICONS[verdict.verdict]} />
        {title}
      </h2>
      <p>{sentence}</p>
      <p className="muted">
        Checked in {formatDuration(verdict.elapsedMs)}. {kept}
      </p>
    </>
  );
}

function Violation({ violation }: { readonly violation: LoadViolation }): JSX.Element {
  const { key, after, stuckOn } = violation;
  return (
    <div className="violation">
      <h3 className="truncate" title={key}>
        <code>{key}</code>
      </h3>
      {after.length > 0 && <p className="muted">After</p>}
      <Operations operations={after} />
      <p className="muted">none of these can come next</p>
      <Operations operations={stuckOn} />
    </div>
  );
}

function Operations({
  operations,
}: {
  readonly operations: readonly LoadOperation[];
}): JSX.Element {
  const app = useApp();
  return (
    <ul className="violation-list">
      {operations.map((operation) => (
        <li key={operation.id}>
          <button
            type="button"
            className="violation-jump"
            title="Show this moment"
            onClick={() => app.time.go(operation.fromMs)}
          >
            {formatMoment(operation.fromMs)}
          </button>
          <span className="truncate">{operationWords(operation)}</span>
        </li>
      ))}
    </ul>
  );
}

function SaveHistory({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const key = `save-load/${view.id}`;
  const busy = useBusy(key);
  return (
    <Button
      icon="save"
      busy={busy}
      onClick={() => {
        void act(app, {
          key,
          what: 'Save the history',
          inPast: true,
          call: () => app.api.saveLoadHistory({ clusterId: view.id }),
          done: ({ path, operations, bytes }) => ({
            text: `${formatPlural(operations, 'operation')}, ${formatBytes(bytes)}, are in ${path}`,
          }),
        });
      }}
    >
      Save the history (JSONL)
    </Button>
  );
}
