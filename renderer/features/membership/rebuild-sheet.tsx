import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import type { NodeFacts } from '../overview/node-facts.ts';
import { Consequences } from './add-peer-panel.tsx';
import { nextPeer } from './next-peer.ts';
import { previewRebuild } from './quorum.ts';
import { rebuildReason } from './rebuild.ts';
import './rebuild-sheet.css';
import { departureOf, votersOf } from './voters.ts';

interface RebuildSheetProps {
  readonly view: ClusterView;
  readonly target: NodeFacts;
  readonly onClose: () => void;
}

/** Before a new node takes the place of one that cannot use its data: what happens, and what is kept. */
export function RebuildSheet({ view, target, onClose }: RebuildSheetProps): JSX.Element {
  const app = useApp();
  const { node, isVoter } = target;
  const key = `rebuild/${view.id}/${node.id}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const preview = previewRebuild(votersOf(view), departureOf(view, node.id, isVoter));
  const rebuild = (): void => {
    onClose();
    void act(app, {
      key,
      what: `Rebuild ${node.name}`,
      call: () => app.api.rebuildPeer({ clusterId: view.id, nodeId: node.id }),
      done: ({ nodeId }) => ({
        text: `node-${nodeId} gets everything from the leader. Then ${node.name} is removed.`,
      }),
    });
  };
  return (
    <Dialog
      title={`Rebuild ${node.name} from the leader?`}
      subtitle={`${node.clientAddress}; ${whyWords(node)}`}
      onClose={onClose}
      footer={
        <>
          <Button focusFirst onClick={onClose}>
            Cancel
          </Button>
          <Button
            kind="danger-filled"
            busy={busy}
            disabledReason={actReason ?? rebuildReason(view, node.id)}
            onClick={rebuild}
          >
            Rebuild
          </Button>
        </>
      }
    >
      <WhatHappens view={view} target={target} />
      <Consequences preview={preview} present={0} />
    </Dialog>
  );
}

/** One that runs is repaired by its leader already, and needs no rebuild where that comes to an end. */
function whyWords({ process }: NodeView): string {
  return process === 'crashed'
    ? 'it ended because it cannot use what it stored'
    : 'its leader sends again what it lost: rebuild it only if that does not end';
}

function WhatHappens({ view, target }: Pick<RebuildSheetProps, 'view' | 'target'>): JSX.Element {
  const { node, isVoter } = target;
  const peer = nextPeer(view);
  const name = peer?.name ?? 'A new node';
  const leader = view.nodes.find(({ id }) => id === view.health.leaderId)?.name ?? 'the leader';
  return (
    <section className="inspector-part rebuild-happens" aria-label="What happens">
      <h3>What happens</h3>
      <ol className="rebuild-steps">
        <li>
          {name} starts with an empty folder, and {leader} sends it everything.
        </li>
        <li>
          Once it has caught up{isVoter ? ' it gets its vote, and' : ','} {node.name} is removed and
          its process stopped.
        </li>
        <li>
          The folder of {node.name} is set aside as it is. Nothing in it is changed or deleted:
          <code className="rebuild-folder">{node.directory}</code>
        </li>
      </ol>
      <p className="muted">
        {name} has a new id: a node that may have forgotten its votes must not vote again under the
        old one.
      </p>
    </section>
  );
}
