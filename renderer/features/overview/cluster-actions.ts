import type { ClusterView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import type { IconName } from '../../ui/icon.tsx';
import { act } from '../act.ts';
import { countActiveFaults } from '../chaos/active-faults.ts';
import { healEverything } from '../chaos/heal.ts';
import { copyAndSay } from '../copy-and-say.ts';
import { addPeerCommand, redisCli } from '../nodes/commands.ts';
import { nextPeer } from '../membership/next-peer.ts';
import type { ShortcutId } from '../shell/shortcuts.ts';

/** Something that can be done to a whole cluster, wherever it is offered. */
export interface ClusterAction {
  readonly id:
    'add-peer' | 'copy-connect' | 'report' | 'save-recording' | 'heal' | 'start' | 'stop';
  readonly label: string;
  readonly icon: IconName;
  readonly shortcut: ShortcutId | null;
  /** Why not now; null when it can be done. */
  readonly disabledReason: string | null;
  /** The same as a line for a terminal; null where no single line does it. */
  readonly command: string | null;
  readonly run: () => void;
}

/** Everything that can be done to a cluster, in the order in which it is offered. */
export function clusterActions(
  app: AppState,
  view: ClusterView,
  actReason: string | null,
): readonly ClusterAction[] {
  const isStopped = view.health.level === 'stopped';
  const peer = nextPeer(view);
  return [
    {
      id: 'add-peer',
      label: 'Add a peer…',
      icon: 'add',
      shortcut: 'add-peer',
      disabledReason: actReason ?? (isStopped ? 'The cluster is stopped.' : null),
      command: peer && addPeerCommand(view, peer.address),
      run: () => {
        app.route.go({ screen: 'overview' });
        app.wishes.make({ kind: 'add-peer' });
      },
    },
    copyAction(app, view),
    {
      id: 'report',
      label: 'Save a report…',
      icon: 'bookmark',
      shortcut: null,
      disabledReason: null,
      command: null,
      run: () => app.wishes.make({ kind: 'report' }),
    },
    {
      id: 'save-recording',
      label: 'Save the recording…',
      icon: 'save',
      shortcut: null,
      disabledReason: app.opened.store.getState().shown === null ? null : 'It is a file already.',
      command: null,
      run: () => app.wishes.make({ kind: 'save-recording' }),
    },
    healAction(app, view, actReason),
    isStopped ? startAction(app, view, actReason) : stopAction(app, view, actReason),
  ];
}

function copyAction(app: AppState, { connectCommand }: ClusterView): ClusterAction {
  return {
    id: 'copy-connect',
    label: 'Copy the redis-cli line',
    icon: 'copy',
    shortcut: 'copy-connect',
    disabledReason: connectCommand === null ? 'No node answers.' : null,
    command: connectCommand,
    run: () => {
      if (connectCommand !== null) copyAndSay(app, connectCommand);
    },
  };
}

function healAction(app: AppState, view: ClusterView, actReason: string | null): ClusterAction {
  const faulty = view.nodes.filter(({ status }) => (status?.faults.length ?? 0) > 0);
  return {
    id: 'heal',
    label: 'Heal everything',
    icon: 'check',
    shortcut: 'heal',
    disabledReason:
      actReason ?? (countActiveFaults(view) === 0 ? 'Nothing is broken on purpose.' : null),
    command:
      faulty.length === 0
        ? null
        : faulty
            .map(({ clientAddress }) => redisCli(clientAddress, ['RAFT', 'FAULT', 'HEAL', 'ALL']))
            .join('; '),
    run: () => healEverything(app, view),
  };
}

function startAction(app: AppState, view: ClusterView, actReason: string | null): ClusterAction {
  const { id: clusterId, name } = view;
  return {
    id: 'start',
    label: 'Start all nodes',
    icon: 'start',
    shortcut: null,
    disabledReason: actReason,
    command: null,
    run: () => {
      void act(app, {
        key: `start/${clusterId}`,
        what: `Start ${name}`,
        call: () => app.api.startCluster({ clusterId }),
      });
    },
  };
}

function stopAction(app: AppState, view: ClusterView, actReason: string | null): ClusterAction {
  const { id: clusterId, name } = view;
  return {
    id: 'stop',
    label: 'Stop all nodes',
    icon: 'stop',
    shortcut: null,
    disabledReason: actReason,
    command: null,
    run: () => {
      void act(app, {
        key: `stop/${clusterId}`,
        what: `Stop ${name}`,
        call: () => app.api.stopCluster({ clusterId }),
      });
    },
  };
}
