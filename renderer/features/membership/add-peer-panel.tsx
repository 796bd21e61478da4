import { type JSX, useEffect, useRef, useState } from 'react';

import type { ClusterView, OperationView } from '../../../main/contract/model.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyBox } from '../../ui/copy-box.tsx';
import { formatCount, formatDuration } from '../../ui/format.ts';
import { StepList } from '../../ui/step-list.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { addPeerCommand, waitingNodeCommand } from '../nodes/commands.ts';
import type { NodeFacts } from '../overview/node-facts.ts';
import { catchUpShare } from '../overview/node-labels.ts';
import './add-peer-panel.css';
import { nextPeer } from './next-peer.ts';
import { previewAdd, type QuorumPreview } from './quorum.ts';
import { QuorumStrip } from './quorum-strip.tsx';
import { votersOf } from './voters.ts';

interface AddPeerPanelProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly onClose: () => void;
}

/** Adds the next node: first what it will mean, then how far it is. */
export function AddPeerPanel({ view, facts, onClose }: AddPeerPanelProps): JSX.Element {
  const operation = view.operation?.kind === 'add-peer' ? view.operation : null;
  // The last addition stays in the picture until something else is done: whoever opens this wants another.
  const [last] = useState(operation?.state === 'running' ? null : operation);
  const [begun, setBegun] = useState(operation?.state === 'running');
  if (!begun && operation !== null && isAnother(operation, last)) setBegun(true);
  return operation === null || !begun ? (
    <BeforeAdding view={view} onClose={onClose} />
  ) : (
    <WhileAdding view={view} facts={facts} operation={operation} onClose={onClose} />
  );
}

function isAnother(operation: OperationView, last: OperationView | null): boolean {
  return operation.state === 'running' || operation.nodeId !== last?.nodeId;
}

function BeforeAdding({ view, onClose }: Omit<AddPeerPanelProps, 'facts'>): JSX.Element {
  const app = useApp();
  const key = `add-peer/${view.id}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const peer = nextPeer(view);
  const preview = previewAdd(votersOf(view));
  const command = peer === null ? null : addPeerCommand(view, peer.address);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const reason =
    actReason ??
    (view.health.leaderId === null ? 'There is no leader to commit the new member.' : null);
  return (
    <>
      <Head title="Add a peer" note={peer === null ? null : peer.address} onClose={onClose} />
      <section className="inspector-part">
        <p>
          {peer?.name ?? 'A new node'} joins without a vote, gets the whole log, and becomes a voter
          by itself once it has caught up.
        </p>
        <Button
          ref={button}
          kind="primary"
          icon="add"
          busy={busy}
          disabledReason={reason}
          onClick={() => {
            void act(app, {
              key,
              what: 'Add a peer',
              call: () => app.api.addPeer({ clusterId: view.id }),
            });
          }}
        >
          Add {peer?.name ?? 'the node'}
        </Button>
      </section>
      <Consequences preview={preview} present={0} />
      {peer !== null && command !== null && (
        <section className="inspector-part" aria-label="As commands">
          <h3>As commands</h3>
          <p className="muted">A node that waits, then the cluster is told of it:</p>
          <CopyBox text={waitingNodeCommand(view, peer)} what="the command that starts a node" />
          <CopyBox text={command} what="the command that adds it" />
        </section>
      )}
    </>
  );
}

interface WhileAddingProps extends AddPeerPanelProps {
  readonly operation: OperationView;
}

function WhileAdding({ view, facts, operation, onClose }: WhileAddingProps): JSX.Element {
  const added = facts.find(({ node }) => node.id === operation.nodeId);
  const name = added?.node.name ?? 'a peer';
  const titles = {
    running: `Adding ${name}`,
    done: `${name} is added`,
    failed: `Not added: ${name}`,
  };
  const now = votersOf(view);
  // While it runs the newcomer is counted already: as a non-voter, or as the voter it has become.
  const joined = added?.isVoter === false;
  const before = joined ? { ...now, nonVoters: Math.max(0, now.nonVoters - 1) } : now;
  return (
    <>
      <Head
        title={titles[operation.state]}
        note={added?.node.clientAddress ?? null}
        onClose={onClose}
      />
      {added !== undefined && operation.state === 'running' && joined && (
        <CatchUp added={added} view={view} />
      )}
      <section className="inspector-part">
        <StepList
          label={`Steps of adding ${name}`}
          steps={operation.steps.map((step) => ({
            name: step.name,
            state: step.state,
            detail: step.detail,
            time: step.elapsedMs === null ? null : formatDuration(step.elapsedMs),
          }))}
        />
      </section>
      {operation.state === 'running' && becomesVoter(operation) && (
        <Consequences preview={previewAdd(before)} present={joined ? 1 : 0} />
      )}
    </>
  );
}

/** Whether that is all: one that stays without a vote, or takes another's place, ends otherwise. */
function becomesVoter({ steps }: OperationView): boolean {
  return !OTHER_ENDS.test(steps.at(-1)?.name ?? '');
}

/** The last step of bringing a non-voter back, and of a rebuild. */
const OTHER_ENDS = /^(?:Catch up$|Remove )/;

function Head({
  title,
  note,
  onClose,
}: {
  readonly title: string;
  readonly note: string | null;
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <header className="inspector-part inspector-head">
      <div className="inspector-head-row">
        <h2 className="truncate">{title}</h2>
        <IconButton icon="close" label="Close" size="small" onClick={onClose} />
      </div>
      {note !== null && <p className="muted inspector-small">{note}</p>}
    </header>
  );
}

function CatchUp({
  added,
  view,
}: {
  readonly added: NodeFacts;
  readonly view: ClusterView;
}): JSX.Element {
  const share = catchUpShare(added, view);
  const percent = Math.floor(share * 100);
  return (
    <section className="inspector-part" aria-label="How far it has caught up">
      <div className="catch-up-head">
        <p>
          <strong className="catch-up-figure">{percent} %</strong> caught up
        </p>
        {added.lag !== null && (
          <span className="muted">{formatCount(added.lag)} entries behind</span>
        )}
      </div>
      <div
        className="catch-up-bar"
        role="progressbar"
        aria-label="Caught up"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div style={{ transform: `scaleX(${share.toFixed(4)})` }} />
      </div>
    </section>
  );
}

/** The strip and its sentence: what a change of members does to the quorum. */
export function Consequences({
  preview,
  present,
}: {
  readonly preview: QuorumPreview;
  readonly present: number;
}): JSX.Element {
  return (
    <section className="inspector-part" aria-label="What changes for the quorum">
      <h3>What changes for the quorum</h3>
      <QuorumStrip stages={preview.stages} present={present} />
      <p className="quorum-text">
        {preview.sentences[0]}{' '}
        {preview.sentences[1] !== undefined && <strong>{preview.sentences[1]}</strong>}
      </p>
    </section>
  );
}
