import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { keyHint } from '../shell/shortcuts.ts';
import { clusterActions } from './cluster-actions.ts';

const MODES = [
  { value: 'ring', label: 'Ring' },
  { value: 'matrix', label: 'Matrix' },
  { value: 'table', label: 'Table' },
] as const;

interface OverviewToolbarProps {
  readonly view: ClusterView;
  readonly inspectorShown: boolean;
  readonly onAddPeer: () => void;
  readonly onToggleInspector: () => void;
}

export function OverviewToolbar(props: OverviewToolbarProps): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  const mode = useStore(app.route.store, (route) => route.mode);
  return (
    <div className="toolbar">
      <h1 className="toolbar-title">Overview</h1>
      <Segmented
        label="Show as"
        options={MODES}
        value={mode}
        onChange={(next) => app.route.go({ mode: next })}
      />
      <span className="toolbar-end">
        <Button
          icon="add"
          keyHint={keyHint('add-peer')}
          disabledReason={actReason}
          onClick={props.onAddPeer}
        >
          Add peer
        </Button>
        <ClusterMenu {...props} />
      </span>
    </div>
  );
}

function ClusterMenu({
  view,
  inspectorShown,
  onToggleInspector,
}: OverviewToolbarProps): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  const actions = clusterActions(app, view, actReason).filter(({ id }) => id !== 'add-peer');
  return (
    <Menu
      label="Cluster"
      button={{
        content: (
          <>
            Cluster
            <Icon name="chevron-down" />
          </>
        ),
      }}
      items={[
        {
          id: 'inspector',
          label: inspectorShown ? 'Hide the inspector' : 'Show the inspector',
          keyHint: keyHint('inspector'),
          run: onToggleInspector,
        },
        ...actions.map(({ id, label, icon, shortcut, disabledReason, run }) => ({
          id,
          label,
          icon,
          disabledReason,
          run,
          startsGroup: id === 'heal',
          ...(shortcut === null ? {} : { keyHint: keyHint(shortcut) }),
        })),
      ]}
    />
  );
}
