import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { NodeAction } from '../nodes/node-actions.ts';
import type { NodeFacts } from '../overview/node-facts.ts';
import { Consequences } from './add-peer-panel.tsx';
import { previewStop, type QuorumPreview } from './quorum.ts';
import { departureOf, votersOf } from './voters.ts';

/** What taking this node away for a while does to the quorum. */
export function stopPreview(view: ClusterView, { isVoter, node }: NodeFacts): QuorumPreview {
  return previewStop(votersOf(view), departureOf(view, node.id, isVoter));
}

interface QuorumSheetProps {
  readonly view: ClusterView;
  readonly target: NodeFacts;
  readonly action: NodeAction;
  readonly onClose: () => void;
}

/** Asks once more before the last spare voter goes. */
export function QuorumSheet({ view, target, action, onClose }: QuorumSheetProps): JSX.Element {
  const title = `${action.label} ${target.node.name}, and with it the quorum?`;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="danger-filled"
            focusFirst
            disabledReason={action.disabledReason}
            onClick={() => {
              onClose();
              action.run();
            }}
          >
            {action.label} anyway
          </Button>
        </>
      }
    >
      <Consequences preview={stopPreview(view, target)} present={0} />
    </Dialog>
  );
}
