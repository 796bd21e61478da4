import type { ClusterView, Settings } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { questionOf } from '../why/question.ts';
import { clusterActions } from '../overview/cluster-actions.ts';
import { linkCommands } from '../outside/link-command.ts';
import { factsOf } from '../overview/node-facts.ts';
import { wantToLeave } from '../quit/leave.ts';
import { changeSettings } from '../settings/change-settings.ts';
import { screenBlock, SCREENS } from '../shell/screens.ts';
import type { ShortcutId } from '../shell/shortcuts.ts';
import { addBookmark } from '../timeline/bookmarks.ts';
import { recordingCommands } from './recording-commands.ts';
import { nodeCommands } from './node-commands.ts';
import { PLAIN, type PaletteCommand } from './palette-command.ts';

/** Where the palette is opened, and what it can do itself. */
export interface PaletteScene {
  readonly app: AppState;
  /** Why nothing at all can be done to a cluster now. */
  readonly actReason: string | null;
  readonly onHelp: () => void;
}

/** Every command there is, in the order in which it is shown before anything was typed. */
export function paletteCommands(scene: PaletteScene): readonly PaletteCommand[] {
  const { app, actReason } = scene;
  const view = app.cluster.store.getState().view;
  const { clusterId } = app.route.store.getState();
  const about = view !== null && view.id === clusterId ? view : null;
  return [
    ...(about === null ? [] : clusterCommands(app, about, actReason)),
    ...screenCommands(app),
    ...otherClusters(app),
    ...linkCommands(app),
    ...recordingCommands(app),
    ...(about === null ? [] : timeCommands(app)),
    ...settingCommands(app),
    ...quitCommands(app, actReason),
    {
      ...PLAIN,
      id: 'help',
      group: 'Help',
      words: 'Keyboard shortcuts',
      also: 'keys help',
      icon: 'help',
      shortcut: 'help',
      run: scene.onHelp,
    },
  ];
}

function clusterCommands(
  app: AppState,
  view: ClusterView,
  actReason: string | null,
): readonly PaletteCommand[] {
  const { nodeId } = app.route.store.getState();
  const selectedId = view.nodes.find(({ id }) => id === nodeId)?.id ?? view.health.leaderId;
  const facts = factsOf(view, app.clock.store.getState().nowMs);
  const ofNodes = facts.map((one) => {
    const selected = one.node.id === selectedId;
    return { selected, commands: nodeCommands({ app, view, facts: one, selected, actReason }) };
  });
  const ofCluster = clusterActions(app, view, actReason).map(
    ({ id, label, icon, shortcut, disabledReason, command, run }): PaletteCommand => {
      return {
        ...PLAIN,
        id: `cluster/${id}`,
        group: 'Cluster',
        words: label,
        also: `${view.name} cluster`,
        icon,
        shortcut,
        disabledReason,
        sends: command,
        run,
      };
    },
  );
  return [
    ...ofNodes.filter(({ selected }) => selected).flatMap(({ commands }) => commands),
    ...ofCluster,
    ...chaosCommands(app, actReason),
    whyCommand(app, view),
    ...ofNodes.filter(({ selected }) => !selected).flatMap(({ commands }) => commands),
  ];
}

function chaosCommands(app: AppState, actReason: string | null): readonly PaletteCommand[] {
  return (
    [
      ['partition', 'partition', 'Partition the network…', 'cut split link network'],
      ['delay', 'link-delay', 'Delay links…', 'slow lag network latency'],
    ] as const
  ).map(([shortcut, tool, words, also]) => ({
    ...PLAIN,
    id: `chaos/${tool}`,
    group: 'Cluster',
    words,
    also: `chaos fault ${also}`,
    icon: 'fault',
    shortcut,
    disabledReason: actReason,
    run: () => {
      app.chaos.choose(tool, true);
      app.route.go({ screen: 'chaos' });
    },
  }));
}

function whyCommand(app: AppState, view: ClusterView): PaletteCommand {
  return {
    ...PLAIN,
    id: 'why',
    group: 'Cluster',
    words: 'Why? What keeps the cluster from working',
    also: 'diagnose explain no leader degraded',
    icon: 'help',
    shortcut: 'why',
    disabledReason: questionOf(view) === null ? 'Nothing keeps it.' : null,
    run: () => app.why.setState({ open: true }),
  };
}

function screenCommands(app: AppState): readonly PaletteCommand[] {
  const { clusterId } = app.route.store.getState();
  const inRecording = app.opened.store.getState().shown !== null;
  return [
    ...SCREENS.map(({ screen, label, also, icon }): PaletteCommand => {
      const block = screenBlock(screen, { clusterId, inRecording });
      return {
        ...PLAIN,
        id: `screen/${screen}`,
        group: 'Go to',
        words: label,
        also: `go to screen ${also}`,
        icon,
        shortcut: `screen-${screen}`,
        disabledReason: block === null ? null : `${block}.`,
        run: () => app.route.go({ screen }),
      };
    }),
    {
      ...PLAIN,
      id: 'new-cluster',
      group: 'Go to',
      words: 'New cluster…',
      also: 'create start',
      icon: 'add',
      shortcut: 'new-cluster',
      run: () => app.route.go({ screen: 'clusters' }),
    },
  ];
}

function otherClusters(app: AppState): readonly PaletteCommand[] {
  const { clusterId } = app.route.store.getState();
  const list = app.clusters.getState().list ?? [];
  return list
    .filter(({ id }) => id !== clusterId)
    .map(({ id, name, sentence }) => ({
      ...PLAIN,
      id: `open/${id}`,
      group: 'Clusters',
      words: `Open ${name}`,
      also: `cluster switch ${sentence}`,
      icon: 'clusters',
      run: () => app.route.go({ screen: 'overview', clusterId: id, nodeId: null }),
    }));
}

function timeCommands(app: AppState): readonly PaletteCommand[] {
  const { time } = app;
  const inPast = time.store.getState().atMs !== null;
  const live = app.opened.store.getState().shown === null ? 'Go live' : 'Go to the end';
  const rows: readonly (readonly [ShortcutId, string, string, string | null, () => void])[] = [
    ['time-live', live, 'present now', inPast ? null : 'This is the present.', () => time.go(null)],
    ['time-pause', 'Hold the picture, or replay it', 'pause freeze', null, time.togglePause],
    [
      'time-previous-term',
      'Previous election',
      'term leader back',
      null,
      () => void time.step('previous', 'term'),
    ],
    [
      'time-next-term',
      'Next election',
      'term leader forward',
      inPast ? null : 'This is the present.',
      () => void time.step('next', 'term'),
    ],
    ['time-bookmark', 'Bookmark this moment', 'mark', null, () => void addBookmark(app)],
  ];
  return rows.map(([id, words, also, disabledReason, run]) => {
    const found = { id, words, also: `time ${also}`, shortcut: id, disabledReason, run };
    return { ...PLAIN, ...found, group: 'Time', icon: 'bookmark' };
  });
}

/** In its own window the app is ended by its menu. */
function quitCommands(app: AppState, actReason: string | null): readonly PaletteCommand[] {
  if (app.info.getState().info?.mode !== 'web') return [];
  return [
    {
      ...PLAIN,
      id: 'quit',
      group: 'Help',
      words: 'Quit Raftdeck…',
      also: 'end exit close leave keep stop nodes',
      icon: 'stop',
      disabledReason: actReason,
      run: () => wantToLeave(app),
    },
  ];
}

const THEMES: readonly (readonly [Settings['theme'], string])[] = [
  ['system', 'as the system'],
  ['light', 'light'],
  ['dark', 'dark'],
  ['contrast', 'high contrast'],
];
const MOTIONS: readonly (readonly [Settings['motion'], string])[] = [
  ['system', 'as the system'],
  ['full', 'full'],
  ['calm', 'calm'],
  ['none', 'none'],
];

function settingCommands(app: AppState): readonly PaletteCommand[] {
  const settings = app.settings.getState();
  const option = (
    id: string,
    words: string,
    isSo: boolean,
    changed: Partial<Settings>,
  ): PaletteCommand => ({
    ...PLAIN,
    id,
    group: 'Settings',
    words,
    also: 'setting appearance colour accessibility',
    icon: 'settings',
    onlyFound: true,
    disabledReason: isSo ? 'It is so already.' : null,
    run: () => changeSettings(app, changed),
  });
  return [
    ...THEMES.map(([theme, word]) =>
      option(`theme/${theme}`, `Theme: ${word}`, settings.theme === theme, { theme }),
    ),
    ...MOTIONS.map(([motion, word]) =>
      option(`motion/${motion}`, `Motion: ${word}`, settings.motion === motion, { motion }),
    ),
  ];
}
