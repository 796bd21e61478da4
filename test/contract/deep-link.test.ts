import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CLUSTER_SCREENS, formatDeepLink, parseDeepLink } from '../../main/contract/deep-link.ts';
import { isClusterScreen, parseRoute, type Screen } from '../../renderer/state/route.ts';
import { SCREENS } from '../../renderer/features/shell/screens.ts';

test.each([
  ['raftdeck://clusters', { screen: 'clusters' }],
  ['raftdeck://settings', { screen: 'settings' }],
  // Systems put a slash behind what looks like a host to them.
  ['raftdeck://clusters/', { screen: 'clusters' }],
  ['RAFTDECK://clusters', { screen: 'clusters' }],
  ['raftdeck://cluster/c1', { screen: 'overview', clusterId: 'c1', nodeId: null, atMs: null }],
  ['raftdeck://cluster/c1/logs', { screen: 'logs', clusterId: 'c1', nodeId: null, atMs: null }],
  [
    'raftdeck://cluster/orders-3f2a/overview/2?at=1763640131000.25',
    { screen: 'overview', clusterId: 'orders-3f2a', nodeId: '2', atMs: 1_763_640_131_000.25 },
  ],
])('%s is read', (text, target) => {
  expect(parseDeepLink(text)).toEqual({ ok: true, target });
});

const MEANT = 'A link can show a cluster, the list of clusters or the settings, and nothing else.';
const NAMES = 'It does not name a cluster or a node as Raftdeck does.';
const ODD = 'It holds characters that no link of Raftdeck has.';
const MOMENT =
  'It asks for more than a moment: at=, with Unix milliseconds, is all that may follow.';

test.each([
  ['an unknown action', 'raftdeck://kill/c1/2', MEANT],
  ['nothing', 'raftdeck://', MEANT],
  ['an action in other letters', 'raftdeck://Cluster/c1', MEANT],
  ['a port', 'raftdeck://cluster:80/c1', MEANT],
  ['a user', 'raftdeck://me@cluster/c1', MEANT],
  ['more than the list', 'raftdeck://clusters/c1', MEANT],
  ['settings to be set', 'raftdeck://settings?quit=stop', MEANT],
  ['no cluster', 'raftdeck://cluster/', NAMES],
  ['a path', 'raftdeck://cluster/../../etc', NAMES],
  ['an empty node', 'raftdeck://cluster/c1/logs//', NAMES],
  ['more parts', 'raftdeck://cluster/c1/logs/2/kill', NAMES],
  ['a long id', `raftdeck://cluster/${'a'.repeat(41)}`, NAMES],
  ['an unknown screen', 'raftdeck://cluster/c1/shell', 'It asks for a screen that there is not.'],
  [
    'an inherited name',
    'raftdeck://cluster/c1/constructor',
    'It asks for a screen that there is not.',
  ],
  ['another parameter', 'raftdeck://cluster/c1?do=kill', MOMENT],
  ['two parameters', 'raftdeck://cluster/c1?at=1&do=kill', MOMENT],
  ['no moment', 'raftdeck://cluster/c1?at=', MOMENT],
  ['a moment that is none', 'raftdeck://cluster/c1?at=1e99', MOMENT],
  ['a moment after all time', 'raftdeck://cluster/c1?at=999999999999999999', MOMENT],
  ['a negative moment', 'raftdeck://cluster/c1?at=-5', MOMENT],
  ['a fragment', 'raftdeck://cluster/c1#logs', 'It is not a link of Raftdeck.'],
  ['another scheme', 'https://cluster/c1', 'It is not a link of Raftdeck.'],
  ['no slashes', 'raftdeck:cluster/c1', 'It is not a link of Raftdeck.'],
  ['a line break', 'raftdeck://cluster/c1\n/logs', ODD],
  ['a zero', 'raftdeck://cluster/c1\0', ODD],
  ['an escaped line break', 'raftdeck://cluster/c1%0a', ODD],
  ['any escape', 'raftdeck://cluster/%63luster', ODD],
  ['text that turns round', 'raftdeck://cluster/\u202egol', ODD],
  [
    'too much',
    `raftdeck://cluster/${'a'.repeat(300)}`,
    'It is 319 characters long; 256 is the most.',
  ],
])('a link with %s is refused', (_what, text, why) => {
  expect(parseDeepLink(text)).toEqual({ ok: false, why });
});

test('whatever is given, a link is refused or leads to a screen with names of the right shape', () => {
  const part = fc.string({ maxLength: 12 });
  const any = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.array(part, { maxLength: 6 }).map((parts) => `raftdeck://${parts.join('/')}`),
    fc.array(part, { maxLength: 4 }).map((parts) => `raftdeck://cluster/${parts.join('/')}`),
    part.map((text) => `raftdeck://cluster/c1?at=${text}`),
  );
  fc.assert(
    fc.property(any, (text) => {
      const parsed = parseDeepLink(text);
      if (!parsed.ok) return parsed.why.length > 0 && !parsed.why.includes('\n');
      const { target } = parsed;
      if (!('clusterId' in target)) return true;
      const names = [target.clusterId, target.nodeId ?? 'none'];
      return names.every((name) => /^[\w.-]{1,40}$/.test(name)) && text.length <= 256;
    }),
    { numRuns: 2_000 },
  );
});

test('every place that a link can lead to has one that leads there', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/);
  // Nothing happened in the first second of 1970.
  const moment = fc.integer({ min: 1_000, max: 8_640_000_000_000 }).map((at) => at / 1000);
  fc.assert(
    fc.property(
      fc.constantFrom(...CLUSTER_SCREENS),
      name,
      fc.option(name),
      fc.option(moment),
      (screen, clusterId, nodeId, atMs) => {
        const target = { screen, clusterId, nodeId, atMs };
        expect(parseDeepLink(formatDeepLink(target))).toEqual({ ok: true, target });
      },
    ),
  );
  for (const screen of ['clusters', 'settings'] as const) {
    expect(parseDeepLink(formatDeepLink({ screen }))).toEqual({ ok: true, target: { screen } });
  }
});

test('a link can lead to every screen of a cluster that the window has', () => {
  const ofCluster = SCREENS.map(({ screen }) => screen).filter(isClusterScreen);
  expect([...CLUSTER_SCREENS].sort()).toEqual([...ofCluster].sort());
  for (const screen of CLUSTER_SCREENS) {
    expect(parseRoute(`#/${screen}/c1`).screen satisfies Screen).toBe(screen);
  }
});
