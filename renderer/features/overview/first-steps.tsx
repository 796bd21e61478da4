import { type JSX, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { keyHint } from '../shell/shortcuts.ts';

/** After this long nobody wonders any more what to do with a new cluster. */
const NEW_FOR_MS = 10 * 60_000;

/** One line for whoever has just made a cluster; it goes when it is closed, or with time. */
export function FirstSteps({
  view,
  nowMs,
}: {
  readonly view: ClusterView;
  readonly nowMs: number;
}): JSX.Element | null {
  const [closed, setClosed] = useState(false);
  const { connectCommand, createdAtMs, health } = view;
  const fresh = nowMs - createdAtMs < NEW_FOR_MS;
  if (closed || !fresh || connectCommand === null || health.voters < 3) return null;
  const line = `${connectCommand} SET hello world`;
  return (
    <aside className="first-steps" aria-label="First steps">
      <p>
        <strong>Try:</strong> <code>{line}</code>, then kill the leader ({keyHint('kill')}) and read
        it back.
      </p>
      <span className="first-steps-end">
        <CopyButton text={line} what="the line" />
        <IconButton
          icon="close"
          label="Hide the hint"
          size="small"
          onClick={() => setClosed(true)}
        />
      </span>
    </aside>
  );
}
