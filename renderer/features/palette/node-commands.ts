import type { ClusterView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { stopPreview } from '../membership/quorum-sheet.tsx';
import { redisCli, removeCommand } from '../nodes/commands.ts';
import { type NodeAction, nodeActions } from '../nodes/node-actions.ts';
import type { NodeFacts } from '../overview/node-facts.ts';
import type { PaletteCommand } from './palette-command.ts';

interface Subject {
  readonly app: AppState;
  readonly view: ClusterView;
  readonly facts: NodeFacts;
  readonly selected: boolean;
  readonly actReason: string | null;
}

/** What is said of an action where the node is not already in sight. */
const WORDS: Readonly<Record<NodeAction['id'], (name: string) => string>> = {
  start: (name) => `Start ${name}`,
  return: (name) => `Add ${name} back to the cluster`,
  rebuild: (name) => `Rebuild ${name} from the leader…`,
  stop: (name) => `Stop ${name}`,
  kill: (name) => `Kill ${name}`,
  freeze: (name) => `Freeze ${name}`,
  resume: (name) => `Resume ${name}`,
  restart: (name) => `Restart ${name}`,
  transfer: (name) => `Hand leadership to ${name}`,
  election: (name) => `Start an election on ${name}`,
  snapshot: (name) => `Take a snapshot on ${name}`,
  shrink: (name) => `Shrink the log of ${name}`,
};

const ALSO: Readonly<Record<NodeAction['id'], string>> = {
  start: 'run up',
  return: 'undo removal rejoin member',
  rebuild: 'repair damaged corrupt replace recover',
  stop: 'sigterm shut down end',
  kill: 'sigkill kill -9 crash',
  freeze: 'sigstop pause',
  resume: 'sigcont continue thaw',
  restart: 'again',
  transfer: 'transfer leader lead',
  election: 'timeout vote candidate campaign',
  snapshot: 'compact save',
  shrink: 'compact truncate free disk',
};

/** Everything that can be done to one node. */
export function nodeCommands(subject: Subject): readonly PaletteCommand[] {
  const { app, view, facts, selected, actReason } = subject;
  const { node, face } = facts;
  const word = node.removed ? 'removed' : face.word.toLowerCase();
  const shared = {
    group: `${node.name}, ${word}${selected ? ', selected' : ''}`,
    onlyFound: !selected,
    shortcut: null,
    disabledReason: null,
    sends: null,
  };
  const show = (wish: 'output' | 'commands' | 'remove'): void => {
    app.route.go({ screen: 'overview', nodeId: node.id });
    app.wishes.make({ kind: wish, nodeId: node.id });
  };
  return [
    ...nodeActions({ app, view, node, actReason }).map((action) => actionCommand(subject, action)),
    {
      ...shared,
      id: `console/${node.id}`,
      words: `Console on ${node.name}`,
      also: 'redis-cli resp type send',
      icon: 'terminal',
      sends: redisCli(node.clientAddress, []),
      run: () => app.route.go({ screen: 'console', nodeId: node.id }),
    },
    {
      ...shared,
      id: `output/${node.id}`,
      words: `Show the output of ${node.name}`,
      also: 'log stdout stderr print',
      icon: 'logs',
      run: () => show('output'),
    },
    {
      ...shared,
      id: `commands/${node.id}`,
      words: `Everything for ${node.name} as commands…`,
      also: 'redis-cli terminal copy shell',
      icon: 'copy',
      run: () => show('commands'),
    },
    {
      ...shared,
      id: `select/${node.id}`,
      words: `Select ${node.name}`,
      also: 'show inspector node',
      icon: 'overview',
      onlyFound: true,
      run: () => app.route.go({ screen: 'overview', nodeId: node.id }),
    },
    ...(node.removed
      ? []
      : [
          {
            ...shared,
            id: `remove/${node.id}`,
            words: `Remove ${node.name} from the cluster…`,
            also: 'peer membership',
            icon: 'remove' as const,
            shortcut: selected ? ('remove' as const) : null,
            disabledReason: actReason,
            sends: removeCommand(view, node),
            run: () => show('remove'),
          },
        ]),
  ];
}

function actionCommand(
  { app, view, facts, selected }: Subject,
  action: NodeAction,
): PaletteCommand {
  const { node, face } = facts;
  const word = node.removed ? 'removed' : face.word.toLowerCase();
  return {
    id: `${action.id}/${node.id}`,
    group: `${node.name}, ${word}${selected ? ', selected' : ''}`,
    words: WORDS[action.id](node.name),
    also: ALSO[action.id],
    icon: action.icon,
    sends: action.command,
    // The key acts on the selected node alone.
    shortcut: selected ? (action.shortcut ?? null) : null,
    disabledReason: action.disabledReason,
    onlyFound: !selected,
    run: () => {
      if (!action.costsVote || !stopPreview(view, facts).losesQuorum) {
        action.run();
        return;
      }
      // It stops the cluster: the sheet that asks first is the overview's.
      app.route.go({ screen: 'overview', nodeId: node.id });
      app.wishes.make({ kind: 'act', actionId: action.id });
    },
  };
}
