import { type JSX, useEffect, useRef, useState } from 'react';

import type { NodeView, OutputLine } from '../../../main/contract/model.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatClock } from '../../ui/format.ts';
import { Waiting } from '../../ui/waiting.tsx';
import { useApp } from '../app-context.tsx';
import './output-dialog.css';

/** As many lines as anybody reads; the whole output is in a file of the node's folder. */
const LINES_MAX = 1_000;

interface OutputDialogProps {
  readonly clusterId: string;
  readonly node: NodeView;
  readonly onClose: () => void;
}

/** What a node's process prints: the last lines, then new ones as they come. */
export function OutputDialog({ clusterId, node, onClose }: OutputDialogProps): JSX.Element {
  const { lines, fault } = useOutput(clusterId, node.id);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => end.current?.scrollIntoView(), [lines]);
  return (
    <Dialog
      title={`Output of ${node.name}`}
      subtitle={node.directory}
      wide
      onClose={onClose}
      footer={
        lines !== null &&
        lines.length > 0 && (
          <CopyButton text={lines.map(({ text }) => text).join('\n')} what="the output" />
        )
      }
    >
      {fault !== null && <p role="alert">{fault}</p>}
      {lines === null && fault === null && <Waiting what="Asking the host for it" />}
      {lines?.length === 0 && <p className="muted">It has printed nothing.</p>}
      {lines !== null && lines.length > 0 && (
        <div className="output" role="log" aria-label="Output" tabIndex={0}>
          {lines.map(({ timeMs, stream, text }, at) => (
            <div key={at} className="output-line">
              <span className="output-time">{formatClock(timeMs)}</span>
              <span className="output-time">{stream === 'stderr' ? 'err' : 'out'}</span>
              <span className="output-text">{text}</span>
            </div>
          ))}
          <div ref={end} />
        </div>
      )}
    </Dialog>
  );
}

function useOutput(
  clusterId: string,
  nodeId: string,
): { readonly lines: readonly OutputLine[] | null; readonly fault: string | null } {
  const app = useApp();
  const [lines, setLines] = useState<readonly OutputLine[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    const stop = app.onOutput(clusterId, (fresh) => {
      const ours = fresh.filter((line) => line.nodeId === nodeId);
      setLines((before) => (before === null ? null : [...before, ...ours].slice(-LINES_MAX)));
    });
    void app.api.nodeOutput({ clusterId, nodeId }).then((result) => {
      if (!wanted) return;
      if (result.ok) setLines(result.value.slice(-LINES_MAX));
      else setFault(result.error.message);
    });
    return () => {
      wanted = false;
      stop();
    };
  }, [app, clusterId, nodeId]);
  return { lines, fault };
}
