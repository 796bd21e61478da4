import type { JSX, ReactNode } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { formatClock, formatCount, formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { useShownRecording } from '../app-context.tsx';
import { exitOf, isUp } from '../nodes/face.ts';
import { redisCli, redisUrl } from '../nodes/commands.ts';
import type { NodeAction } from '../nodes/node-actions.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import './inspector.css';
import { InspectorActions } from './inspector-actions.tsx';
import { inspectorFacts, statementOf } from './inspector-facts.ts';
import type { NodeFacts } from './node-facts.ts';
import { StateHashRow } from './state-hash-row.tsx';

interface InspectorProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly selected: NodeFacts;
  readonly nowMs: number;
  readonly onAction: (action: NodeAction) => void;
  readonly onRemove: () => void;
  readonly onShowOutput: () => void;
  readonly onShowCommands: () => void;
}

/** All about the selected node: what it is, what can be done, what it holds, and who says so. */
export function Inspector(props: InspectorProps): JSX.Element {
  const { view, selected, facts, nowMs } = props;
  const { node, face } = selected;
  const recording = useShownRecording();
  const down = face.kind === 'down';
  const alarming = (down && !node.removed) || face.kind === 'failed';
  return (
    <>
      <header className="inspector-part inspector-head">
        <h2>
          {face.kind === 'leader' ? (
            <span className="crown">
              <Icon name="crown" size={20} />
            </span>
          ) : (
            <RoleGlyph kind={face.kind} />
          )}
          <span className="truncate" title={node.name}>
            {node.name}
          </span>
        </h2>
        <p className={alarming ? 'inspector-alarm' : 'muted'}>{headline(selected, view, nowMs)}</p>
        <p className="muted inspector-small">{processLine(selected, nowMs)}</p>
        <InspectorActions {...props} />
      </header>
      {down && <Meaning view={view} selected={selected} />}
      <Part title={down ? 'Last known' : null} aside={down ? lastHeard(selected) : null}>
        <dl className="inspector-facts">
          {inspectorFacts(selected, view, nowMs).map(({ name, value, note }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {value} {note !== null && <span className="muted">{note}</span>}
              </dd>
            </div>
          ))}
          {isUp(face) && <StateHashRow key={view.id} view={view} nodeName={node.name} />}
        </dl>
      </Part>
      {!down && recording === null && <Connect address={node.clientAddress} />}
      <WhoSaysSo view={view} facts={facts} nowMs={nowMs} />
    </>
  );
}

function headline({ node, face }: NodeFacts, view: ClusterView, nowMs: number): string {
  const { health } = view;
  if (node.status?.healthReason !== null && node.status?.healthReason !== undefined) {
    return capital(node.status.healthReason);
  }
  if (face.kind === 'leader' && health.leaderId === node.id && health.leaderChangedAtMs !== null) {
    const since = health.leaderChangedAtMs;
    return `Leader since ${formatClock(since)}, ${formatDuration(nowMs - since)}`;
  }
  if (face.kind === 'down') {
    const at = node.exitedAtMs;
    const age = at === null ? '' : ` for ${formatDuration(nowMs - at)}`;
    const when = at === null ? '' : ` at ${formatClock(at)}`;
    return `${node.removed ? 'Removed, down' : 'Down'}${age}, ${exitOf(node)}${when}`;
  }
  if (face.kind === 'unknown' && node.linkError !== null) return `${face.word}: ${node.linkError}`;
  return node.status === null ? face.word : `${face.word} in term ${formatCount(node.status.term)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function processLine({ node }: NodeFacts, nowMs: number): string {
  const up =
    node.startedAtMs === null || node.pid === null
      ? ''
      : ` · up ${formatDuration(nowMs - node.startedAtMs)}`;
  const process = node.pid === null ? node.process : `pid ${String(node.pid)}`;
  return `${node.clientAddress} · ${process}${up}`;
}

function lastHeard({ node }: NodeFacts): string | null {
  return node.heardAtMs === null ? null : formatClock(node.heardAtMs);
}

/** For a node that is down: what that does to the cluster, before anything else. */
function Meaning({
  view,
  selected,
}: {
  readonly view: ClusterView;
  readonly selected: NodeFacts;
}): JSX.Element {
  const { voters, votersUp, quorum, tolerance } = view.health;
  const sentence = selected.node.removed
    ? 'It is no longer a member. Its data is kept.'
    : !selected.isVoter
      ? 'It has no vote: the quorum does not miss it.'
      : tolerance < 0
        ? `${String(votersUp)} of ${String(voters)} voters run and ${String(quorum)} are needed. ` +
          'Nothing can be written until another one runs.'
        : tolerance === 0
          ? `${String(votersUp)} of ${String(voters)} voters run and ${String(quorum)} are needed, ` +
            'so every write waits for all of them. If one more stops, writes stop.'
          : `${String(votersUp)} of ${String(voters)} voters run and ${String(quorum)} are needed: ` +
            `the cluster can still lose ${String(tolerance)}.`;
  return (
    <Part title="What this means" aside={null}>
      <p>{sentence}</p>
    </Part>
  );
}

function Connect({ address }: { readonly address: string }): JSX.Element {
  const line = redisCli(address, [], { followMoved: true });
  return (
    <Part title="Connect" aside="any node; -c follows MOVED">
      <CopyBox text={line} what="the redis-cli line" />
      <CopyBox text={redisUrl(address)} what="the URL" />
    </Part>
  );
}

function WhoSaysSo({
  view,
  facts,
  nowMs,
}: {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly nowMs: number;
}): JSX.Element {
  const { agreeing, answering, leaderId } = view.health;
  const aside = leaderId === null ? null : `${String(agreeing)} of ${String(answering)} agree`;
  return (
    <Part title="Who says so" aside={aside}>
      <ul className="statements">
        {facts.map((one) => (
          <li key={one.node.id}>
            <RoleGlyph kind={one.face.kind} />
            <span className="statement-name truncate">{one.node.name}</span>
            <span className={isUp(one.face) ? 'statement' : 'statement muted'}>
              {statementOf(one, facts)}
            </span>
            <span className="muted statement-age">{statementAge(one, nowMs)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function statementAge({ node }: NodeFacts, nowMs: number): string {
  return node.heardAtMs === null ? 'never' : formatDuration(nowMs - node.heardAtMs);
}

function Part({
  title,
  aside,
  children,
}: {
  readonly title: string | null;
  readonly aside: string | null;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <section className="inspector-part" aria-label={title ?? undefined}>
      {title !== null && (
        <div className="inspector-title">
          <h3>{title}</h3>
          {aside !== null && <span className="muted inspector-small">{aside}</span>}
        </div>
      )}
      {children}
    </section>
  );
}
