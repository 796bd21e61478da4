import { expect, test } from 'vitest';

import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { Run } from '../../node-engine/raft/types.ts';
import { Cluster, cutOff, textOf } from './cluster.ts';
import { appended, run } from './messages.ts';
import { commands } from './server.ts';
import type { Server } from './server.ts';

/* Runs that a leader reads from its disk, and the size of the messages they travel in. */

/** A leader that has asked its disk for entries 3 to 8, `abcdef`, for server 2. */
function leaderThatFetches(config: Partial<RaftConfig>): Server {
  const cluster = new Cluster(['1', '2', '3'], { cacheBytesMax: 0, ...config });
  cluster.elect('1');
  const leader = cluster.at('1');
  for (const text of ['abc', 'def']) {
    leader.raft.propose(commands(text));
    cluster.settle(cutOff('2'));
  }
  leader.raft.step(appended({ term: 2, success: false, matchIndex: 8, hintIndex: 2, hintTerm: 2 }));
  leader.takeReadys();
  leader.raft.step(appended({ term: 2, matchIndex: 2 }));
  expect(leader.raft.hasReady()).toBe(true);
  expect(leader.raft.ready().fetches).toMatchObject([{ to: '2', fromIndex: 3, toIndex: 8 }]);
  return leader;
}

/** What is sent of the runs read, and from where the next are asked for. */
function sentOf(
  leader: Server,
  runs: readonly Run[],
): { readonly text: string; readonly next: number | undefined } {
  leader.raft.fetched('2', 3, runs);
  let text = '';
  let next: number | undefined;
  while (leader.raft.hasReady()) {
    const ready = leader.raft.ready();
    for (const message of ready.messages) {
      if (message.type === 'AppendEntriesRequest') text += textOf(message.runs);
    }
    next ??= ready.fetches[0]?.fromIndex;
  }
  return { text, next };
}

test('a run that does not fit behind another waits for the next message', () => {
  const leader = leaderThatFetches({ appendBytesMax: 64 + 3 + 10 });
  const runs = [run(3, 2, 'abc'), run(6, 2, 'def')];
  expect(sentOf(leader, runs)).toEqual({ text: 'abc', next: 6 });
});

test('a run larger than a message is cut, and the rest is read again', () => {
  const leader = leaderThatFetches({ appendBytesMax: 64 + 4 });
  expect(sentOf(leader, [run(3, 2, 'abcdef')])).toEqual({ text: 'abcd', next: 7 });
});

test('a run that cannot be cut, because its bytes are not sound, is never sent', () => {
  const leader = leaderThatFetches({ appendBytesMax: 64 });
  const broken = { ...run(3, 2, 'abcdef'), bytes: Uint8Array.of(1) };
  expect(sentOf(leader, [broken])).toEqual({ text: '', next: undefined });
});
