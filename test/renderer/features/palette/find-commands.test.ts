import { expect, test } from 'vitest';

import { findCommands, withRecent } from '../../../../renderer/features/palette/find-commands.ts';
import { fuzzyMatch } from '../../../../renderer/features/palette/fuzzy.ts';
import type { PaletteCommand } from '../../../../renderer/features/palette/palette-command.ts';
import { paletteCommands } from '../../../../renderer/features/palette/palette-commands.ts';
import { FakeHost } from '../../../../renderer/connection/fake/fake.ts';
import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import { createAppState, type AppState } from '../../../../renderer/state/app-state.ts';
import { SCREENS } from '../../../../renderer/features/shell/screens.ts';
import { SHORTCUTS } from '../../../../renderer/features/shell/shortcuts.ts';

function marked(query: string, words: string): string | null {
  const match = fuzzyMatch(query, { words, also: '' });
  if (match === null) return null;
  return [...match.ranges]
    .reverse()
    .reduce(
      (text, [from, to]) => `${text.slice(0, from)}[${text.slice(from, to)}]${text.slice(to)}`,
      words,
    );
}

test.each([
  ['kill', 'Kill node-2', '[Kill] node-2'],
  ['KILL 2', 'Kill node-2', '[Kill] node-[2]'],
  ['node-2 kill', 'Kill node-2', '[Kill] [node-2]'],
  ['kn2', 'Kill node-2', '[K]ill [n]ode-[2]'],
  ['kin', 'Kill node-2', '[Ki]ll [n]ode-2'],
  ['shot', 'Take a snapshot', 'Take a snap[shot]'],
  ['kx', 'Kill node-2', null],
  ['kill 3', 'Kill node-2', null],
  ['lno', 'Kill node-2', null],
])('%j in %j finds %j', (query, words, expected) => {
  expect(marked(query, words)).toBe(expected);
});

test('the start of a word is better than its middle, and that than a synonym', () => {
  const score = (words: string, also = ''): number =>
    fuzzyMatch('stop', { words, also })?.score ?? Number.NEGATIVE_INFINITY;
  expect(score('Stop node-1')).toBeGreaterThan(score('Do stop it'));
  expect(score('Do stop it')).toBeGreaterThan(score('Unstoppable'));
  expect(score('Unstoppable')).toBeGreaterThan(score('End node-1', 'sigstop'));
  expect(score('End node-1', 'sigstop')).toBeGreaterThan(score('Start the other peer'));
});

function command(id: string, more: Partial<PaletteCommand> = {}): PaletteCommand {
  return {
    id,
    group: 'Cluster',
    words: id,
    also: '',
    icon: 'add',
    sends: null,
    shortcut: null,
    disabledReason: null,
    onlyFound: false,
    run: () => undefined,
    ...more,
  };
}

test('with nothing typed what was run last comes first, and is not there twice', () => {
  const commands = [
    command('one'),
    command('two'),
    command('hidden', { onlyFound: true }),
    command('blocked', { disabledReason: 'Not now.' }),
  ];
  const groups = findCommands(commands, ' ', ['two', 'blocked', 'gone', 'hidden']);
  expect(groups.map(({ title, rows }) => [title, rows.map((row) => row.command.id)])).toEqual([
    ['Recent', ['two', 'hidden']],
    ['Cluster', ['one', 'blocked']],
  ]);
});

test('of two that match alike the one that was run wins, and the one that can be', () => {
  const ids = (recent: readonly string[], second: Partial<PaletteCommand> = {}): unknown =>
    findCommands([command('stop a'), command('stop b', second)], 'stop', recent)
      .flatMap(({ rows }) => rows)
      .map((row) => row.command.id);
  expect(ids([])).toEqual(['stop a', 'stop b']);
  expect(ids(['stop b'])).toEqual(['stop b', 'stop a']);
  expect(ids(['stop b'], { disabledReason: 'Not now.' })).toEqual(['stop a', 'stop b']);
});

test('what was run is remembered once, newest first, and not for ever', () => {
  expect(withRecent(['a', 'b'], 'b')).toEqual(['b', 'a']);
  const many = Array.from({ length: 30 }, (_, at) => String(at));
  expect(withRecent(many, 'x')).toHaveLength(20);
});

function appOf(hash: string): AppState {
  const location = { hash };
  const history = { replaceState: () => undefined, pushState: () => undefined };
  const address = { location, history, addEventListener: () => undefined };
  const clusters = [createFakeCluster({ id: 'c1', name: 'orders', nodes: 3, nowMs: 1_000 })];
  const app = createAppState(new FakeHost(clusters, 1_000), address, () => 1_000);
  app.cluster.watch(app.route.store.getState().clusterId);
  return app;
}

function commandsOf(app: AppState): readonly PaletteCommand[] {
  return paletteCommands({ app, actReason: null, onHelp: () => undefined });
}

test('every screen and every action of every node is there, each once', () => {
  const commands = commandsOf(appOf('#/overview/c1/2'));
  const ids = commands.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { screen } of SCREENS) expect(ids).toContain(`screen/${screen}`);
  for (const node of ['1', '2', '3']) {
    for (const action of [
      'stop',
      'kill',
      'freeze',
      'restart',
      'transfer',
      'election',
      'snapshot',
    ]) {
      expect(ids).toContain(`${action}/${node}`);
    }
  }
  // The keys of nodes act on the selected one, so only its commands show them.
  const kill = commands.filter(({ id }) => id.startsWith('kill/'));
  expect(kill.map(({ id, shortcut }) => [id, shortcut])).toEqual([
    ['kill/2', 'kill'],
    ['kill/1', null],
    ['kill/3', null],
  ]);
});

test('every key that acts on its own is a command too', () => {
  const app = appOf('#/overview/c1/2');
  const well = commandsOf(app);
  const live = app.cluster.store.getState().live;
  const nodes = (live?.nodes ?? []).map((node) =>
    node.status === null
      ? node
      : { ...node, status: { ...node.status, health: 'damaged' as const } },
  );
  // Only what cannot use its data can be rebuilt.
  app.cluster.store.setState({ view: live === null ? null : { ...live, nodes } });
  const commands = [...well, ...commandsOf(app)];
  const shown = new Set(commands.map(({ shortcut }) => shortcut));
  // These move the focus or the selection, act on a row of one screen, or are the palette itself.
  const moves =
    /^(palette|inspector|data-.*|go-leader|(next|previous|first|last)-(node|pane)|time-(start|back|forward|page.*|previous|next))$/;
  const missing = SHORTCUTS.map(({ id }) => id).filter((id) => !shown.has(id) && !moves.test(id));
  expect(missing).toEqual([]);
});

test('without a cluster only what needs none can be done, and the rest says why', () => {
  const commands = commandsOf(appOf('#/clusters'));
  expect(commands.some(({ id }) => id.startsWith('kill/'))).toBe(false);
  const overview = commands.find(({ id }) => id === 'screen/overview');
  expect(overview?.disabledReason).toBe('Open a cluster first.');
  expect(commands.find(({ id }) => id === 'open/c1')?.words).toBe('Open orders');
});
