import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import type { Result } from '../../../main/contract/errors.ts';
import type { AppState } from '../../state/app-state.ts';
import type { IconName } from '../../ui/icon.tsx';
import { act } from '../act.ts';
import { isDamaged, rebuildReason } from '../membership/rebuild.ts';
import { takeBack, takeBackReason } from '../membership/take-back.ts';
import { type ShortcutId } from '../shell/shortcuts.ts';
import {
  electionCommand,
  shrinkCommand,
  signalCommand,
  snapshotCommand,
  transferCommand,
} from './commands.ts';

/** Something that can be done to one node, wherever it is offered. */
export interface NodeAction {
  readonly id: NodeActionId;
  readonly label: string;
  readonly icon: IconName;
  readonly shortcut?: ShortcutId;
  /** Why not now; null when it can be done. */
  readonly disabledReason: string | null;
  /** The same as a line for a terminal; null where no line does it. */
  readonly command: string | null;
  /** It takes the node away for a while: asked about first where that stops the cluster. */
  readonly costsVote: boolean;
  readonly run: () => void;
}

export type NodeActionId =
  | 'start'
  | 'return'
  | 'rebuild'
  | 'stop'
  | 'kill'
  | 'freeze'
  | 'resume'
  | 'restart'
  | 'transfer'
  | 'election'
  | 'snapshot'
  | 'shrink';

interface Subject {
  readonly app: AppState;
  readonly view: ClusterView;
  readonly node: NodeView;
  /** Why nothing at all can be done now. */
  readonly actReason: string | null;
}

/** Everything that can be done to a node; what makes no sense in its state is left out. */
export function nodeActions(subject: Subject): readonly NodeAction[] {
  const { node } = subject;
  if (node.removed) return [returnAction(subject)];
  const down = node.process === 'stopped' || node.process === 'crashed';
  const rebuild = isDamaged(node) ? [rebuildAction(subject)] : [];
  if (down) return [startAction(subject), ...rebuild];
  return [
    ...rebuild,
    stopAction(subject),
    killAction(subject),
    node.process === 'frozen' ? resumeAction(subject) : freezeAction(subject),
    restartAction(subject),
    transferAction(subject),
    electionAction(subject),
    snapshotAction(subject),
    shrinkAction(subject),
  ];
}

interface Ask {
  readonly subject: Subject;
  readonly id: NodeActionId;
  readonly what: string;
  readonly call: () => Promise<Result<unknown>>;
  readonly said?: string;
  readonly undo?: { readonly label: string; readonly id: NodeActionId };
}

function ask({ subject, id, what, call, said, undo }: Ask): void {
  const { app, node, view } = subject;
  void act(app, {
    key: `${id}/${view.id}/${node.id}`,
    what: `${what} ${node.name}`,
    call,
    ...(said === undefined
      ? {}
      : {
          done: () => ({
            text: `${node.name} ${said}`,
            action:
              undo === undefined
                ? null
                : {
                    label: undo.label,
                    acts: true,
                    run: () => runAgain(subject, undo.id),
                  },
          }),
        }),
  });
}

/** An undo acts on the node as it is by then. */
function runAgain(subject: Subject, id: NodeActionId): void {
  const { live } = subject.app.cluster.store.getState();
  // Another cluster may be watched by then, and its nodes have the same numbers.
  const view = live?.id === subject.view.id ? live : subject.view;
  const node = view.nodes.find((one) => one.id === subject.node.id) ?? subject.node;
  nodeActions({ ...subject, view, node })
    .find((action) => action.id === id)
    ?.run();
}

function ref({ view, node }: Subject): { readonly clusterId: string; readonly nodeId: string } {
  return { clusterId: view.id, nodeId: node.id };
}

const EMBEDDED = 'It is not a process of its own here, so it cannot be signalled.';

function signalReason({ node, actReason }: Subject): string | null {
  return actReason ?? (node.process === 'embedded' ? EMBEDDED : null);
}

function startAction(subject: Subject): NodeAction {
  const { app, node, actReason } = subject;
  return {
    id: 'start',
    label: 'Start',
    icon: 'start',
    shortcut: 'start-stop',
    disabledReason: actReason,
    command: node.startCommand,
    costsVote: false,
    run: () =>
      ask({ subject, id: 'start', what: 'Start', call: () => app.api.startNode(ref(subject)) }),
  };
}

function returnAction({ app, view, node, actReason }: Subject): NodeAction {
  return {
    id: 'return',
    label: 'Add it back',
    icon: 'add',
    disabledReason: actReason ?? takeBackReason(view, node.id),
    // Its process is started first, and no single line does both.
    command: null,
    costsVote: false,
    run: () => takeBack(app, view.id, node),
  };
}

/** The sheet that asks first is the overview's. */
function rebuildAction({ app, view, node, actReason }: Subject): NodeAction {
  return {
    id: 'rebuild',
    label: 'Rebuild from the leader…',
    icon: 'download',
    shortcut: 'rebuild',
    disabledReason: actReason ?? rebuildReason(view, node.id),
    // A node is added, then one removed: no single line does both.
    command: null,
    costsVote: false,
    run: () => {
      app.route.go({ screen: 'overview', nodeId: node.id });
      app.wishes.make({ kind: 'rebuild', nodeId: node.id });
    },
  };
}

function stopAction(subject: Subject): NodeAction {
  const { app, node } = subject;
  return {
    id: 'stop',
    label: 'Stop',
    icon: 'stop',
    shortcut: 'start-stop',
    disabledReason: subject.actReason,
    command: signalCommand('TERM', node),
    costsVote: true,
    run: () =>
      ask({
        subject,
        id: 'stop',
        what: 'Stop',
        call: () => app.api.stopNode(ref(subject)),
        said: 'is stopped.',
        undo: { label: 'Start it again', id: 'start' },
      }),
  };
}

function killAction(subject: Subject): NodeAction {
  const { app, node } = subject;
  return {
    id: 'kill',
    label: 'Kill',
    icon: 'kill',
    shortcut: 'kill',
    disabledReason: signalReason(subject),
    command: signalCommand('KILL', node),
    costsVote: true,
    run: () =>
      ask({
        subject,
        id: 'kill',
        what: 'Kill',
        call: () => app.api.killNode(ref(subject)),
        said: 'was killed.',
        undo: { label: 'Start it again', id: 'start' },
      }),
  };
}

function freezeAction(subject: Subject): NodeAction {
  const { app, node } = subject;
  return {
    id: 'freeze',
    label: 'Freeze',
    icon: 'freeze',
    shortcut: 'freeze',
    disabledReason: signalReason(subject),
    command: signalCommand('STOP', node),
    costsVote: true,
    run: () =>
      ask({
        subject,
        id: 'freeze',
        what: 'Freeze',
        call: () => app.api.freezeNode(ref(subject)),
        said: 'is frozen.',
        undo: { label: 'Resume it', id: 'resume' },
      }),
  };
}

function resumeAction(subject: Subject): NodeAction {
  const { app, node } = subject;
  return {
    id: 'resume',
    label: 'Resume',
    icon: 'start',
    shortcut: 'freeze',
    disabledReason: signalReason(subject),
    command: signalCommand('CONT', node),
    costsVote: false,
    run: () =>
      ask({ subject, id: 'resume', what: 'Resume', call: () => app.api.resumeNode(ref(subject)) }),
  };
}

function restartAction(subject: Subject): NodeAction {
  const { app, node } = subject;
  const stop = signalCommand('TERM', node);
  return {
    id: 'restart',
    label: 'Restart',
    icon: 'restart',
    shortcut: 'restart',
    disabledReason: subject.actReason,
    command: stop === null ? null : `${stop}; ${waitForEnd(node)}; ${node.startCommand}`,
    costsVote: true,
    run: () =>
      ask({
        subject,
        id: 'restart',
        what: 'Restart',
        call: () => app.api.restartNode(ref(subject)),
        said: 'was restarted.',
      }),
  };
}

/** The next process can have the port and the log only once the one before is gone. */
function waitForEnd({ pid }: NodeView): string {
  return `while kill -0 ${String(pid)} 2>/dev/null; do sleep 0.1; done`;
}

function transferAction(subject: Subject): NodeAction {
  const { app, view, node, actReason } = subject;
  const member = node.status;
  const reason =
    view.health.leaderId === node.id
      ? 'It leads already.'
      : view.health.leaderId === null
        ? 'There is no leader to hand over.'
        : member === null || !node.connected
          ? 'It does not answer.'
          : member.voter
            ? null
            : 'A non-voter cannot lead.';
  return {
    id: 'transfer',
    label: 'Make it the leader',
    icon: 'crown',
    disabledReason: actReason ?? reason,
    command: transferCommand(view, node),
    costsVote: false,
    run: () =>
      ask({
        subject,
        id: 'transfer',
        what: 'Hand over to',
        call: () => app.api.transferLeadership({ clusterId: view.id, nodeId: node.id }),
      }),
  };
}

function electionAction(subject: Subject): NodeAction {
  const { app, view, node, actReason } = subject;
  return {
    id: 'election',
    label: 'Start an election here',
    icon: 'warning',
    shortcut: 'election',
    disabledReason: actReason ?? answerReason(node),
    command: electionCommand(node),
    costsVote: false,
    run: () =>
      ask({
        subject,
        id: 'election',
        what: 'Start an election at',
        said: 'asks for votes in a new term, and the leader of the old one steps down.',
        call: async () => {
          const result = await app.api.sendCommand({
            clusterId: view.id,
            nodeId: node.id,
            args: ['RAFT', 'TIMEOUT'],
            followRedirects: false,
          });
          if (!result.ok || result.value.reply.type !== 'error') return result;
          const error = { code: 'E_REFUSED', message: result.value.reply.text } as const;
          return { ok: false, error };
        },
      }),
  };
}

function answerReason(node: NodeView): string | null {
  return node.connected ? null : 'It does not answer.';
}

function snapshotAction(subject: Subject): NodeAction {
  const { app, node, actReason } = subject;
  return {
    id: 'snapshot',
    label: 'Take a snapshot',
    icon: 'add',
    disabledReason: actReason ?? answerReason(node),
    command: snapshotCommand(node),
    costsVote: false,
    run: () =>
      ask({
        subject,
        id: 'snapshot',
        what: 'Take a snapshot on',
        call: () => app.api.takeSnapshot(ref(subject)),
        said: 'has taken a snapshot.',
      }),
  };
}

function shrinkAction(subject: Subject): NodeAction {
  const { app, node, actReason } = subject;
  return {
    id: 'shrink',
    label: 'Shrink its log',
    icon: 'remove',
    disabledReason: actReason ?? answerReason(node),
    command: shrinkCommand(node),
    costsVote: false,
    run: () =>
      ask({
        subject,
        id: 'shrink',
        what: 'Shrink the log of',
        call: () => app.api.shrinkLog(ref(subject)),
        said: 'has dropped the entries below its snapshot.',
      }),
  };
}
