import { type JSX, useState } from 'react';

import type { KeyCopy } from '../../../main/contract/keys.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { faceOf } from '../nodes/face.ts';
import { RoleGlyph } from '../nodes/role-glyph.tsx';
import { shortHash } from '../overview/state-hashes.ts';
import { compareCopies } from './key-compare.ts';
import { Expiry } from './key-table.tsx';

/** The same key on every node: read from each one's own state, at the entry it stands at. */
export function ComparePanel({
  view,
  name,
}: {
  readonly view: ClusterView;
  readonly name: string;
}): JSX.Element {
  const app = useApp();
  const key = `compare/${view.id}`;
  const busy = useBusy(key);
  const reason = useActReason();
  const [copies, setCopies] = useState<readonly KeyCopy[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const nameOf = (id: string): string => view.nodes.find((one) => one.id === id)?.name ?? id;
  const verdict = copies === null ? null : compareCopies(copies, nameOf);
  const compare = (): void => {
    void app.busy.run(key, async () => {
      const result = await app.api.compareKey({ clusterId: view.id, key: name });
      setCopies(result.ok ? result.value : null);
      setProblem(result.ok ? null : result.error.message);
    });
  };
  return (
    <section className="compare" aria-label="The key on every node">
      <header className="compare-head">
        <h3>Same on every node</h3>
        <span role="status" className={`compare-verdict compare-${verdict?.kind ?? 'unknown'}`}>
          {problem}
          {verdict !== null && `${SIGNS[verdict.kind]}${verdict.text}`}
        </span>
        <Button size="small" busy={busy} disabledReason={reason} onClick={compare}>
          {copies === null ? 'Compare' : 'Again'}
        </Button>
      </header>
      {copies !== null && (
        <ul>
          {copies.map((copy) => (
            <Copy key={copy.nodeId} copy={copy} view={view} nodeName={nameOf(copy.nodeId)} />
          ))}
        </ul>
      )}
    </section>
  );
}

const SIGNS = { same: '✓ ', differ: '✕ ', behind: '', unknown: '' } as const;

function Copy({
  copy,
  view,
  nodeName,
}: {
  readonly copy: KeyCopy;
  readonly view: ClusterView;
  readonly nodeName: string;
}): JSX.Element {
  const node = view.nodes.find(({ id }) => id === copy.nodeId);
  return (
    <li>
      {node !== undefined && <RoleGlyph kind={faceOf(node, view.timeMs).kind} />}
      <strong>{nodeName}</strong>
      {copy.state === 'failed' ? (
        <span className="muted truncate" title={copy.message}>
          {copy.message.replace(`${nodeName}: `, '')}
        </span>
      ) : (
        <>
          <code title={copy.sha256 === null ? undefined : `SHA-256 ${copy.sha256}`}>
            {copy.sha256 === null ? 'no such key' : shortHash(copy.sha256)}
          </code>
          <span className="muted">{copy.exists && formatBytes(copy.sizeBytes)}</span>
          <span className="muted">
            {copy.expiresAtMs !== null && <Expiry atMs={copy.expiresAtMs} among />}
          </span>
          <span className="muted compare-entry">{`entry ${indexRange(copy)}`}</span>
        </>
      )}
    </li>
  );
}

function indexRange({ fromIndex, toIndex }: Extract<KeyCopy, { state: 'read' }>): string {
  if (fromIndex === toIndex) return formatCount(fromIndex);
  return `${formatCount(fromIndex)}–${formatCount(toIndex)}`;
}
