import type { KeyboardEvent } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { useActReason, useApp } from '../app-context.tsx';
import { type NodeAction, nodeActions } from '../nodes/node-actions.ts';
import type { AppState } from '../../state/app-state.ts';
import { findShortcut, type ShortcutId } from '../shell/shortcuts.ts';
import type { NodeFacts } from './node-facts.ts';

interface NodeKeys {
  readonly view: ClusterView;
  readonly facts: readonly NodeFacts[];
  readonly selected: NodeFacts | null;
  readonly onAction: (action: NodeAction) => void;
  readonly onAddPeer: () => void;
  readonly onRemove: (nodeId: string) => void;
  readonly onToggleInspector: () => void;
}

/** The keys that act on nodes, while the ring or the table has the focus and only then. */
export function useNodeKeys(keys: NodeKeys): (event: KeyboardEvent<HTMLElement>) => void {
  const app = useApp();
  const actReason = useActReason();
  return (event) => {
    const group =
      event.target instanceof Element ? event.target.closest('[data-keys="nodes"]') : null;
    if (group === null || event.defaultPrevented) return;
    const id = findShortcut(event, 'nodes');
    if (id === null) return;
    const { view, selected, onAction } = keys;
    const walked = nodeToWalkTo(id, keys);
    if (walked !== null) {
      event.preventDefault();
      focusNode(group, walked);
      return;
    }
    if (id === 'why') app.why.setState({ open: !app.why.getState().open });
    else if (id === 'partition' || id === 'delay') {
      app.chaos.choose(id === 'partition' ? 'partition' : 'link-delay', true);
      app.route.go({ screen: 'chaos' });
    } else if (id === 'inspector') keys.onToggleInspector();
    else if (id === 'add-peer') keys.onAddPeer();
    else if (selected === null) return;
    else if (id === 'remove') keys.onRemove(selected.node.id);
    else {
      const actions = nodeActions({ app, view, node: selected.node, actReason });
      const action = actions.find(({ shortcut }) => shortcut === id);
      if (action === undefined) return;
      tryAction(app, { ...action, run: () => onAction(action) });
    }
    event.preventDefault();
  };
}

/** Does it, or says why not: a key has no tooltip. */
function tryAction(
  app: AppState,
  action: Pick<NodeAction, 'label' | 'disabledReason' | 'run'>,
): void {
  const { label, disabledReason } = action;
  if (disabledReason === null) action.run();
  else app.toasts.show({ tone: 'info', text: `${label}: ${disabledReason}` });
}

/** Where an arrow key leads: clockwise on the ring is downwards in the table. */
export function nodeToWalkTo(
  id: ShortcutId,
  { facts, selected, view }: Pick<NodeKeys, 'facts' | 'selected' | 'view'>,
): string | null {
  const ids = facts.map(({ node }) => node.id);
  const at = selected === null ? -1 : ids.indexOf(selected.node.id);
  const count = ids.length;
  switch (id) {
    case 'next-node':
      return ids[(at + 1) % count] ?? null;
    case 'previous-node':
      return ids[(at - 1 + count) % count] ?? null;
    case 'first-node':
      return ids[0] ?? null;
    case 'last-node':
      return ids[count - 1] ?? null;
    case 'go-leader':
      return view.health.leaderId;
    default:
      return null;
  }
}

/** Moves the focus; the focus moves the selection. */
function focusNode(group: Element, nodeId: string): void {
  for (const element of group.querySelectorAll<HTMLElement | SVGElement>('[data-node]')) {
    if (element.dataset['node'] === nodeId) element.focus();
  }
}
