import { type JSX, useState } from 'react';

import type { ClusterView, CommandOutcome } from '../../../main/contract/model.ts';
import type { ConsoleEntry } from '../../state/console.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatCount, formatDuration } from '../../ui/format.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { explainReply } from './explain-reply.ts';
import { replyRows, replyText, type ReplyRow } from './reply-rows.ts';

/** Lines of a reply that are shown at once; more come when they are asked for. */
const ROWS_STEP = 200;

interface EntryProps {
  readonly entry: ConsoleEntry;
  readonly view: ClusterView;
  readonly onSend: (line: string, nodeId: string) => void;
}

/** One command and its answer: who gave it, by which way, and in what time. */
export function ConsoleEntryView({ entry, view, onSend }: EntryProps): JSX.Element {
  const { line, target, outcome } = entry;
  const name = (id: string | null): string =>
    id === null ? 'leader' : (view.nodes.find((node) => node.id === id)?.name ?? `node-${id}`);
  return (
    <section className="console-entry" aria-label={line}>
      <p className="console-line">
        <span className="console-prompt">{name(target)} ›</span> {line}
      </p>
      {outcome.state === 'waiting' && <p className="faint">waiting for the answer</p>}
      {outcome.state === 'failed' && (
        <p className="console-error">
          {outcome.message} <code>{outcome.code}</code>
        </p>
      )}
      {outcome.state === 'answered' && <Answer answer={outcome.answer} name={name} />}
      {outcome.state === 'answered' && (
        <Meaning answer={outcome.answer} view={view} onSend={(nodeId) => onSend(line, nodeId)} />
      )}
    </section>
  );
}

function Answer({
  answer,
  name,
}: {
  readonly answer: CommandOutcome;
  readonly name: (id: string) => string;
}): JSX.Element {
  const [limit, setLimit] = useState(ROWS_STEP);
  const { reply, nodeId, redirects, elapsedMs, truncated } = answer;
  const { rows, leftOut } = replyRows(reply, limit);
  return (
    <>
      {redirects.map(({ nodeId: from, text }, at) => (
        <p key={at} className="console-redirect">
          <span>
            › {text}{' '}
            <span className="muted">followed to {name(redirects[at + 1]?.nodeId ?? nodeId)}</span>
          </span>
          <span className="console-who">{name(from)}</span>
        </p>
      ))}
      <div className="console-reply">
        <div className="console-rows">
          {rows.map((row, at) => (
            <Row key={at} row={row} alone={rows.length === 1} />
          ))}
        </div>
        <span className="console-who">
          {name(nodeId)} · {formatDuration(elapsedMs)}
          <CopyButton text={replyText(reply)} what="the answer" />
        </span>
      </div>
      {(leftOut || truncated) && (
        <p className="console-more">
          {leftOut
            ? `The first ${formatCount(rows.length)} lines of the answer.`
            : 'The answer was longer: the host passes on its first 256 KiB.'}
          {leftOut && (
            <Button size="small" onClick={() => setLimit(limit + ROWS_STEP)}>
              {`Show ${formatCount(ROWS_STEP)} more`}
            </Button>
          )}
        </p>
      )}
    </>
  );
}

/** What an error about the cluster means, and the way on from it. */
function Meaning({
  answer,
  view,
  onSend,
}: {
  readonly answer: CommandOutcome;
  readonly view: ClusterView;
  readonly onSend: (nodeId: string) => void;
}): JSX.Element | null {
  const app = useApp();
  // What it meant when it came: the cluster goes on.
  const [meaning] = useState(() => explainReply(answer.reply, answer.nodeId, view));
  const actReason = useActReason();
  if (meaning === null) return null;
  const { text, sendTo, asksWhy } = meaning;
  return (
    <p className="console-more console-meaning">
      <span>{text}</span>
      {sendTo !== null && (
        <Button size="small" disabledReason={actReason} onClick={() => onSend(sendTo.nodeId)}>
          {`Send to ${sendTo.name}`}
        </Button>
      )}
      {asksWhy && (
        <Button size="small" onClick={() => app.why.setState({ open: true })}>
          Why?
        </Button>
      )}
    </p>
  );
}

function Row({ row, alone }: { readonly row: ReplyRow; readonly alone: boolean }): JSX.Element {
  return (
    <p
      className={`console-row console-row-${row.tone} console-depth-${String(Math.min(row.depth, 6))}`}
    >
      {row.key !== null && <span className="console-key">{row.key}</span>}
      <span className="console-value">{row.text}</span>
      {!(alone && row.tone !== 'plain') && <span className="console-type">{row.type}</span>}
    </p>
  );
}
