import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { removeCommand } from '../nodes/commands.ts';
import type { NodeFacts } from '../overview/node-facts.ts';
import { lagText } from '../overview/node-labels.ts';
import { Consequences } from './add-peer-panel.tsx';
import { previewRemove } from './quorum.ts';
import { removedToast } from './take-back.ts';
import { departureOf, votersOf } from './voters.ts';

interface RemoveSheetProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly target: NodeFacts;
  readonly onClose: () => void;
}

/** Before a member leaves: what happens first, and what is left of the quorum. */
export function RemoveSheet({ view, facts, target, onClose }: RemoveSheetProps): JSX.Element {
  const app = useApp();
  const { node } = target;
  const key = `remove/${view.id}/${node.id}`;
  const busy = useBusy(key);
  const actReason = useActReason();
  const leads = node.id === view.health.leaderId;
  const before = votersOf(view);
  const preview = previewRemove(before, departureOf(view, node.id, target.isVoter));
  const command = removeCommand(view, node);
  const last = target.isVoter && before.voters <= 1;
  const reason =
    actReason ?? (last ? 'A cluster needs at least one voter. Delete the cluster instead.' : null);
  const remove = (): void => {
    onClose();
    void act(app, {
      key,
      what: `Remove ${node.name}`,
      call: () => app.api.removePeer({ clusterId: view.id, nodeId: node.id }),
      done: () => removedToast(app, view.id, node),
    });
  };
  return (
    <Dialog
      title={`Remove ${node.name} from ${view.name}?`}
      subtitle={`${node.clientAddress}; its process is stopped afterwards, its data is kept`}
      onClose={onClose}
      footer={
        <>
          {command !== null && (
            <span className="dialog-foot-start">
              <CopyButton text={command} what="of the removal" label="Copy as command" />
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="danger-filled"
            focusFirst
            busy={busy}
            disabledReason={reason}
            onClick={remove}
          >
            {leads ? 'Hand over, then remove' : 'Remove'}
          </Button>
        </>
      }
    >
      {leads && <p>{handOverText(target, facts)}</p>}
      <Consequences preview={preview} present={0} />
    </Dialog>
  );
}

function handOverText({ node }: NodeFacts, facts: readonly NodeFacts[]): string {
  const successor = furthestAhead(facts, node.id);
  if (successor === null) return `${node.name} leads, and no other voter can take over.`;
  const state = successor.lag === null ? '' : ` (${lagText(successor.lag)})`;
  return `${node.name} leads. It hands over to ${successor.node.name}${state} and then leaves.`;
}

/** The voter that a leader hands over to: the one that has most of the log. */
export function furthestAhead(facts: readonly NodeFacts[], leaderId: string): NodeFacts | null {
  const able = facts.filter(
    ({ node, face, isVoter }) => node.id !== leaderId && isVoter && face.kind === 'follower',
  );
  return able.reduce<NodeFacts | null>(
    (best, one) => (best === null || (one.matchIndex ?? 0) > (best.matchIndex ?? 0) ? one : best),
    null,
  );
}
