import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { type NodeAction, nodeActions } from '../nodes/node-actions.ts';
import { keyHint } from '../shell/shortcuts.ts';
import type { NodeFacts } from './node-facts.ts';

interface InspectorActionsProps {
  readonly view: ClusterView;
  readonly selected: NodeFacts;
  /** Does it, or asks first. */
  readonly onAction: (action: NodeAction) => void;
  readonly onRemove: () => void;
  readonly onShowOutput: () => void;
  readonly onShowCommands: () => void;
}

/** The three that are used most as buttons, the rest in a menu, each also as a command. */
export function InspectorActions({
  view,
  selected,
  onAction,
  onRemove,
  onShowOutput,
  onShowCommands,
}: InspectorActionsProps): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  const { node } = selected;
  const actions = nodeActions({ app, view, node, actReason });
  const shown = actions.slice(0, 3);
  const down = node.process === 'stopped' || node.process === 'crashed';
  const more: readonly MenuItem[] = [
    ...actions.slice(3).map((action) => menuItem(action, onAction)),
    ...(down
      ? []
      : [{ id: 'output', label: 'Show its output', icon: 'terminal' as const, run: onShowOutput }]),
    { id: 'commands', label: 'All of this as commands…', icon: 'copy', run: onShowCommands },
    ...(node.removed ? [] : [removeItem(actReason, onRemove)]),
  ];
  return (
    <div className="inspector-actions">
      {shown.map((action, at) => (
        <ActionButton
          key={action.id}
          action={action}
          busyKey={`${action.id}/${view.id}/${node.id}`}
          primary={at === 0 && down && !node.removed}
          onAction={onAction}
        />
      ))}
      {down && <Button onClick={onShowOutput}>Show output</Button>}
      <Menu label={`More for ${node.name}`} items={more} />
    </div>
  );
}

function ActionButton({
  action,
  busyKey,
  primary,
  onAction,
}: {
  readonly action: NodeAction;
  readonly busyKey: string;
  readonly primary: boolean;
  readonly onAction: (action: NodeAction) => void;
}): JSX.Element {
  const busy = useBusy(busyKey);
  return (
    <Button
      kind={primary ? 'primary' : 'normal'}
      icon={action.icon}
      {...(action.shortcut === undefined ? {} : { keyHint: keyHint(action.shortcut) })}
      disabledReason={action.disabledReason}
      busy={busy}
      onClick={() => onAction(action)}
    >
      {action.label}
    </Button>
  );
}

function menuItem(action: NodeAction, onAction: (action: NodeAction) => void): MenuItem {
  const { id, label, icon, shortcut, disabledReason } = action;
  return {
    id,
    label,
    icon,
    disabledReason,
    run: () => onAction(action),
    ...(shortcut === undefined ? {} : { keyHint: keyHint(shortcut) }),
  };
}

function removeItem(disabledReason: string | null, run: () => void): MenuItem {
  return {
    id: 'remove',
    label: 'Remove from the cluster…',
    icon: 'kill',
    danger: true,
    startsGroup: true,
    keyHint: keyHint('remove'),
    disabledReason,
    run,
  };
}
