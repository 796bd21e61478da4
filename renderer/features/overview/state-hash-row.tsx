import { type JSX, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { Button } from '../../ui/button.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { compareHashes, readStateHash, shortHash, type StateHash } from './state-hashes.ts';

/** A hash of everything a node holds. It is computed only when asked for, on every node that answers. */
export function StateHashRow({
  view,
  nodeName,
}: {
  readonly view: ClusterView;
  readonly nodeName: string;
}): JSX.Element {
  const app = useApp();
  const key = `hash/${view.id}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const [hashes, setHashes] = useState<readonly StateHash[] | null>(null);
  const own = hashes?.find(({ name }) => name === nodeName);
  const verdict = hashes === null ? null : compareHashes(hashes);
  return (
    <div className="state-hash">
      <dt>State hash</dt>
      <dd>
        {own !== undefined && <code>{shortHash(own.hash)}</code>}
        <Button
          size="small"
          busy={busy}
          disabledReason={actReason}
          onClick={() => {
            void app.busy.run(key, async () => setHashes(await askForHashes(app, view)));
          }}
        >
          {hashes === null ? 'Compare' : 'Again'}
        </Button>
        {verdict !== null && (
          <span role="status" className={`state-hash-${verdict.kind}`}>
            {verdict.kind === 'agree' ? '✓ ' : verdict.kind === 'differ' ? '✕ ' : ''}
            {verdict.text}
          </span>
        )}
      </dd>
    </div>
  );
}

/** All at once, so that they answer as close together as can be. */
async function askForHashes(app: AppState, view: ClusterView): Promise<readonly StateHash[]> {
  const asked = view.nodes
    .filter(({ connected, removed }) => connected && !removed)
    .map(async ({ id, name }) => {
      const result = await app.api.sendCommand({
        clusterId: view.id,
        nodeId: id,
        args: ['RAFT', 'STATUS', 'HASH'],
        followRedirects: false,
      });
      return result.ok ? readStateHash(name, result.value.reply) : null;
    });
  return (await Promise.all(asked)).filter((hash) => hash !== null);
}
