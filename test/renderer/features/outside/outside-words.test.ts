import { expect, test } from 'vitest';

import type { LinkTarget } from '../../../../main/contract/deep-link.ts';
import type { ClusterSummary } from '../../../../main/contract/model.ts';
import type { OpenedRecording } from '../../../../main/contract/recording-file.ts';
import { linkTo } from '../../../../renderer/features/outside/link-command.ts';
import { outsideWords } from '../../../../renderer/features/outside/outside-words.ts';

const PLACES = {
  clusters: [{ id: 'c1', name: 'orders' } as ClusterSummary],
  recordings: [{ id: 'rec-1', clusterName: 'billing' } as OpenedRecording],
};

function words(target: LinkTarget): readonly (string | null)[] {
  const { title, detail, accept } = outsideWords({ kind: 'show', target }, PLACES);
  return [title, detail, accept];
}

test('a link’s sheet says in the window’s own words what will be shown', () => {
  const asked = 'Follow a link?';
  expect(words({ screen: 'settings' })).toEqual([asked, 'The screen Settings.', 'Show it']);
  const c1 = { clusterId: 'c1', nodeId: null, atMs: null };
  expect(words({ ...c1, screen: 'logs' })).toEqual([
    asked,
    'Logs of the cluster orders.',
    'Show it',
  ]);
  const [, detail] = words({ ...c1, screen: 'overview', nodeId: '2', atMs: 1_763_640_131_250 });
  expect(detail).toMatch(
    /^Overview of the cluster orders, node 2, as it was on .+ at \d\d:\d\d:11\.250\.$/,
  );
  expect(words({ ...c1, clusterId: 'rec-1', screen: 'metrics' })[1]).toBe(
    'Metrics of the recording of billing.',
  );
});

test('the link to what is shown leads there', () => {
  const here = { clusterId: 'c1', nodeId: '2', mode: 'table', atMs: 1_763_640_131_250 } as const;
  expect(linkTo({ ...here, screen: 'overview' })).toBe(
    'raftdeck://cluster/c1/overview/2?at=1763640131250',
  );
  expect(linkTo({ ...here, screen: 'settings' })).toBe('raftdeck://settings');
  expect(linkTo({ ...here, screen: 'clusters' })).toBe('raftdeck://clusters');
});

test('where a link leads nowhere nothing is offered', () => {
  const gone = { screen: 'logs', clusterId: 'c9', nodeId: null, atMs: null } as const;
  const refused = ['A link is not followed', 'Nothing was done.', null];
  expect(words(gone)).toEqual(refused);
  expect(words({ ...gone, clusterId: 'rec-1' })).toEqual(refused);
  const { text } = outsideWords({ kind: 'show', target: gone }, PLACES);
  expect(text).toBe(
    'It leads to a cluster with the id c9, which is not on this machine. Links work where their cluster is.',
  );
});

test('a file is named with its size, and what is refused with its reason', () => {
  const file = {
    kind: 'recording',
    fileName: 'a.raftdeck-recording',
    sizeBytes: 4_210_688,
  } as const;
  expect(outsideWords(file, PLACES)).toMatchObject({
    detail: expect.stringMatching(/^a\.raftdeck-recording \(4\.0\sMiB\)$/) as string,
    accept: 'Open it',
  });
  const refused = { kind: 'refused', what: 'file', why: 'It is not a file.' } as const;
  expect(outsideWords(refused, PLACES)).toEqual({
    title: 'A file is not opened',
    text: 'It is not a file.',
    detail: 'Nothing was done.',
    accept: null,
  });
});
