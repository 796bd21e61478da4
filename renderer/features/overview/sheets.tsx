import { type JSX, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { CommandsDialog } from '../nodes/commands-dialog.tsx';
import { QuorumSheet, stopPreview } from '../membership/quorum-sheet.tsx';
import { RebuildSheet } from '../membership/rebuild-sheet.tsx';
import { RemoveSheet } from '../membership/remove-sheet.tsx';
import { type NodeAction, nodeActions } from '../nodes/node-actions.ts';
import { OutputDialog } from '../nodes/output-dialog.tsx';
import type { NodeFacts } from './node-facts.ts';

/** A sheet over the overview, about one node. */
export type Sheet =
  | { readonly kind: 'remove' | 'rebuild' | 'output' | 'commands'; readonly nodeId: string }
  | { readonly kind: 'quorum'; readonly nodeId: string; readonly action: NodeAction };

export interface SheetControl {
  readonly sheet: Sheet | null;
  readonly open: (sheet: Sheet) => void;
  readonly close: () => void;
  /** Does it; asks first where it would take the quorum away. */
  readonly act: (action: NodeAction) => void;
  /** The same for an action that is known by name. */
  readonly actById: (actionId: string) => void;
}

export function useSheets(view: ClusterView, selected: NodeFacts | null): SheetControl {
  const app = useApp();
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const actReason = useActReason();
  const act: SheetControl['act'] = (action) => {
    if (actReason !== null || action.disabledReason !== null || selected === null) return;
    if (action.costsVote && stopPreview(view, selected).losesQuorum) {
      setSheet({ kind: 'quorum', nodeId: selected.node.id, action });
    } else {
      action.run();
    }
  };
  return {
    sheet,
    open: setSheet,
    close: () => setSheet(null),
    act,
    actById(actionId) {
      if (selected === null) return;
      const actions = nodeActions({ app, view, node: selected.node, actReason });
      const action = actions.find(({ id }) => id === actionId);
      if (action !== undefined) act(action);
    },
  };
}

interface SheetsProps {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly sheets: SheetControl;
}

export function Sheets({ view, facts, sheets: { sheet, close } }: SheetsProps): JSX.Element | null {
  const target = facts.find(({ node }) => node.id === sheet?.nodeId);
  if (sheet === null || target === undefined) return null;
  switch (sheet.kind) {
    case 'remove':
      return <RemoveSheet view={view} facts={facts} target={target} onClose={close} />;
    case 'rebuild':
      return <RebuildSheet view={view} target={target} onClose={close} />;
    case 'output':
      return <OutputDialog clusterId={view.id} node={target.node} onClose={close} />;
    case 'commands':
      return <CommandsDialog view={view} node={target.node} onClose={close} />;
    case 'quorum':
      return <QuorumSheet view={view} target={target} action={sheet.action} onClose={close} />;
  }
}
