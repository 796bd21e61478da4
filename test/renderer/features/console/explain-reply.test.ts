import { expect, test } from 'vitest';

import type { ClusterView } from '../../../../main/contract/model.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { explainReply } from '../../../../renderer/features/console/explain-reply.ts';

const NOW_MS = 1_700_000_000_000;

function viewOf(scenario: string): ClusterView {
  const [cluster] = FAKE_SCENARIOS[scenario]?.(NOW_MS) ?? [];
  if (cluster === undefined) throw new Error(`no cluster in ${scenario}`);
  return fakeView(cluster, NOW_MS);
}

const error = (text: string) => ({ type: 'error', text }) as const;

test('a follower that sends elsewhere is named with the leader, who can be asked instead', () => {
  const explained = explainReply(error('MOVED 2780 127.0.0.1:7481'), '2', viewOf('healthy'));
  expect(explained).toEqual({
    text: 'node-2 is not the leader: node-1 is. Nothing was done. In redis-cli, -c follows.',
    sendTo: { nodeId: '1', name: 'node-1' },
    asksWhy: false,
  });
});

test('an address that no node of the cluster has is not offered', () => {
  expect(explainReply(error('MOVED 2780 10.0.0.9:1'), '2', viewOf('healthy'))).toBeNull();
});

test('without a leader it is said how many voters are missing, and why can be asked', () => {
  const down = error('CLUSTERDOWN The cluster is down');
  const explained = explainReply(down, '3', viewOf('no-leader'));
  expect(explained).toEqual({
    text: 'Nothing was done: no leader is known. 1 of 3 voters is up; 2 are needed.',
    sendTo: null,
    asksWhy: true,
  });
  // By now there is one: what the node said then is not explained with what holds now.
  expect(explainReply(down, '3', viewOf('healthy'))).toBeNull();
});

test('errors about the command and all other answers are left as they are', () => {
  const view = viewOf('no-leader');
  expect(explainReply(error("ERR unknown command 'NOPE'"), '3', view)).toBeNull();
  expect(explainReply({ type: 'simple', text: 'CLUSTERDOWN no error' }, '3', view)).toBeNull();
});
