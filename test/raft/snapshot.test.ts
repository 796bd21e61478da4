import { describe, expect, test } from 'vitest';

import type { InstallSnapshotRequest } from '../../node-engine/raft/message.ts';
import type { SnapshotWrite } from '../../node-engine/raft/ready.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import { Cluster, cutOff } from './cluster.ts';
import { appended, appendEntries, only, run } from './messages.ts';
import { commands, member } from './server.ts';
import type { Server } from './server.ts';

const MEMBERS = { members: [member('1'), member('2'), member('3')] };

const SNAPSHOT: SnapshotMeta = {
  id: 'leaders-name',
  lastIncludedIndex: 9,
  lastIncludedTerm: 2,
  membership: MEMBERS,
  membershipIndex: 1,
  sizeBytes: 10,
};

function chunk(fields: Partial<InstallSnapshotRequest> = {}): InstallSnapshotRequest {
  return {
    type: 'InstallSnapshotRequest',
    from: '2',
    to: '1',
    term: 2,
    snapshot: SNAPSHOT,
    offset: 0,
    data: new Uint8Array(5),
    done: false,
    readRound: 0,
    ...fields,
  };
}

/** Takes the next Ready of a follower and its snapshot write, which the test answers. */
function writeOf(server: Server): SnapshotWrite {
  const [write] = server.raft.ready().snapshotWrites;
  if (write === undefined) throw new Error('nothing is written');
  return write;
}

function stored(
  server: Server,
  fields: { nextOffset: number; done?: boolean; ok?: boolean; id?: string },
): void {
  const { nextOffset, done = false, ok = true, id = 'own-name' } = fields;
  const { lastIncludedIndex } = SNAPSHOT;
  const snapshot = done && ok ? { ...SNAPSHOT, id } : null;
  server.raft.snapshotChunkStored({ lastIncludedIndex, nextOffset, done, ok, snapshot });
}

describe('a follower', () => {
  function follower(): Server {
    const server = new Cluster(['1', '2', '3']).at('1');
    server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
    server.takeReadys();
    server.persistOne();
    server.takeReadys();
    return server;
  }

  test('writes chunks one after the other, and installs when the file is durable', () => {
    const server = follower();
    server.raft.step(chunk());
    expect(writeOf(server)).toMatchObject({ from: '2', offset: 0, done: false });
    stored(server, { nextOffset: 5 });
    const answer = only(server.raft.ready().messages, 'InstallSnapshotResponse');
    expect(answer).toMatchObject({ nextOffset: 5, installed: false });
    server.raft.step(chunk({ offset: 5, done: true }));
    expect(writeOf(server)).toMatchObject({ offset: 5, done: true });
    expect(server.raft.status().lastIndex).toBe(1);
    stored(server, { nextOffset: 10, done: true });
    const ready = server.raft.ready();
    expect(ready.install).toMatchObject({ id: 'own-name', lastIncludedIndex: 9 });
    expect(ready.messages).toEqual([]);
    expect(ready.commitIndex).toBe(1);
    expect(only(ready.messagesAfterAppend, 'InstallSnapshotResponse')).toMatchObject({
      installed: true,
      matchIndex: 9,
    });
    server.raft.persisted(ready.sequence);
    expect(server.raft.ready().commitIndex).toBe(9);
    expect(server.raft.status()).toMatchObject({ firstIndex: 10, lastIndex: 9, snapshotTerm: 2 });
  });

  test('takes no second chunk while one is being written', () => {
    const server = follower();
    server.raft.step(chunk());
    writeOf(server);
    server.raft.step(chunk());
    server.raft.step(chunk({ offset: 5 }));
    // Another leader with another file must wait as well: the answer would be mixed up.
    server.raft.step(chunk({ term: 3, from: '3', snapshot: { ...SNAPSHOT, id: 'other' } }));
    const ready = server.raft.ready();
    expect(ready.snapshotWrites).toEqual([]);
    expect([...ready.messages, ...ready.messagesAfterAppend]).toEqual([]);
  });

  test('says where to go on when a chunk is not the next one', () => {
    const server = follower();
    server.raft.step(chunk({ offset: 5 }));
    expect(only(server.takeReadys(), 'InstallSnapshotResponse').nextOffset).toBe(0);
    server.raft.step(chunk());
    writeOf(server);
    stored(server, { nextOffset: 5 });
    server.takeReadys();
    for (const offset of [0, 4, 6]) {
      server.raft.step(chunk({ offset }));
      expect(only(server.takeReadys(), 'InstallSnapshotResponse').nextOffset).toBe(5);
    }
  });

  test('begins again when the file is another one, or a chunk could not be stored', () => {
    const server = follower();
    server.raft.step(chunk());
    writeOf(server);
    stored(server, { nextOffset: 5 });
    server.takeReadys();
    server.raft.step(chunk({ offset: 5, snapshot: { ...SNAPSHOT, id: 'other' } }));
    expect(only(server.takeReadys(), 'InstallSnapshotResponse').nextOffset).toBe(0);
    server.raft.step(chunk({ offset: 5, done: true }));
    writeOf(server);
    stored(server, { nextOffset: 10, done: true, ok: false });
    expect(only(server.takeReadys(), 'InstallSnapshotResponse')).toMatchObject({
      nextOffset: 0,
      installed: false,
    });
    expect(server.raft.status().lastIndex).toBe(1);
  });

  test('keeps what it has when the log has overtaken the snapshot', () => {
    const server = follower();
    server.raft.step(chunk({ done: true }));
    writeOf(server);
    const runs = [run(2, 2, 'abcdefghij')];
    server.raft.step(appendEntries({ term: 2, prevLogIndex: 1, prevLogTerm: 1, runs }));
    stored(server, { nextOffset: 5, done: true });
    const ready = server.raft.ready();
    expect(ready.install).toBe(null);
    expect(server.raft.status()).toMatchObject({
      firstIndex: 1,
      lastIndex: 11,
      commitIndex: 9,
      snapshotIndex: 9,
    });
  });

  test('does not pass a read round of one leader on to the next', () => {
    const server = follower();
    server.raft.step(chunk({ readRound: 7 }));
    writeOf(server);
    server.raft.step(appendEntries({ term: 3, from: '3', prevLogIndex: 1, prevLogTerm: 1 }));
    stored(server, { nextOffset: 5 });
    const ready = server.raft.ready();
    const messages = [...ready.messages, ...ready.messagesAfterAppend];
    expect(only(messages, 'InstallSnapshotResponse')).toMatchObject({ term: 3, readRound: 0 });
  });

  test('that campaigns gives up when it installs', () => {
    const server = follower();
    server.raft.step(chunk({ done: true }));
    writeOf(server);
    server.raft.campaign();
    expect(server.raft.role()).toBe('pre-candidate');
    stored(server, { nextOffset: 5, done: true });
    expect(server.raft.status()).toMatchObject({ role: 'follower', lastIndex: 9 });
  });

  test('takes over the membership of the snapshot, whatever its log said', () => {
    const server = follower();
    const membership = { members: [member('2'), member('3')] };
    server.raft.step(chunk({ done: true, snapshot: { ...SNAPSHOT, membership } }));
    writeOf(server);
    const { lastIncludedIndex } = SNAPSHOT;
    server.raft.snapshotChunkStored({
      lastIncludedIndex,
      nextOffset: 5,
      done: true,
      ok: true,
      snapshot: { ...SNAPSHOT, membership },
    });
    expect(server.raft.membership()).toEqual(membership);
    expect(server.raft.campaign()).toMatchObject({ reason: 'not-voter' });
  });
});

describe('a leader', () => {
  /** A leader whose follower 3 needs a snapshot: the first read is under way. */
  function leader(): { cluster: Cluster; server: Server } {
    const cluster = new Cluster(['1', '2', '3'], { snapshotChunkBytes: 4 });
    cluster.elect('1', cutOff('3'));
    const server = cluster.at('1');
    server.raft.propose(commands('abcdef'));
    cluster.settle(cutOff('3'));
    server.takeSnapshot(8, new Uint8Array(10));
    server.raft.compact(8);
    cluster.settle(cutOff('3'));
    server.raft.step(appended({ from: '3', term: 2, matchIndex: 1 }));
    expect(server.raft.hasReady()).toBe(true);
    expect(server.raft.ready().snapshotReads).toMatchObject([{ to: '3', offset: 0, bytesMax: 4 }]);
    return { cluster, server };
  }

  const four = { data: new Uint8Array(4), done: false };

  function wants(server: Server, nextOffset: number): void {
    server.raft.step({
      type: 'InstallSnapshotResponse',
      from: '3',
      to: '1',
      term: 2,
      lastIncludedIndex: 8,
      nextOffset,
      installed: false,
      matchIndex: 0,
      readRound: 0,
    });
  }

  function offsetsRead(server: Server): number[] {
    if (!server.raft.hasReady()) return [];
    return server.raft.ready().snapshotReads.map((read) => read.offset);
  }

  test('sends what was read, and reads on when it is wanted', () => {
    const { server } = leader();
    server.raft.snapshotBytesRead('3', 8, 0, four);
    expect(only(server.raft.ready().messages, 'InstallSnapshotRequest')).toMatchObject({
      to: '3',
      offset: 0,
      done: false,
    });
    wants(server, 4);
    expect(offsetsRead(server)).toEqual([4]);
    expect(server.raft.status().followers[1]).toMatchObject({
      state: 'snapshot',
      snapshotOffset: 4,
      snapshotSizeBytes: 10,
    });
  });

  test('takes answers to other reads for nothing', () => {
    const { server } = leader();
    server.raft.snapshotBytesRead('2', 8, 0, four);
    server.raft.snapshotBytesRead('3', 7, 0, four);
    server.raft.snapshotBytesRead('3', 8, 4, four);
    server.raft.snapshotBytesRead('9', 8, 0, four);
    expect(server.raft.hasReady()).toBe(false);
    server.raft.snapshotBytesRead('3', 8, 0, four);
    server.raft.snapshotBytesRead('3', 8, 0, four);
    expect(server.takeReadys()).toHaveLength(1);
  });

  test('tries a failed read again with the next heartbeat', () => {
    const { server } = leader();
    server.raft.snapshotBytesRead('3', 8, 0, null);
    expect(server.raft.hasReady()).toBe(false);
    server.raft.tick(80);
    expect(offsetsRead(server)).toEqual([0]);
  });

  test('turns to the newest snapshot when the file is gone', () => {
    const { cluster, server } = leader();
    server.raft.propose(commands('gh'));
    cluster.settle(cutOff('3'));
    server.takeSnapshot(10, new Uint8Array(3));
    server.raft.snapshotBytesRead('3', 8, 0, null);
    const [read] = server.raft.ready().snapshotReads;
    expect(read).toMatchObject({ to: '3', offset: 0, snapshot: { lastIncludedIndex: 10 } });
  });

  test('is not led in circles by late answers', () => {
    const { server } = leader();
    server.raft.snapshotBytesRead('3', 8, 0, four);
    wants(server, 4);
    server.takeReadys();
    server.takeReadys();
    wants(server, 8);
    expect(offsetsRead(server)).toEqual([8]);
    // An old answer sets it back, but at leisure, and the next one forward again.
    wants(server, 4);
    expect(offsetsRead(server)).toEqual([]);
    wants(server, 8);
    expect(offsetsRead(server)).toEqual([8]);
    wants(server, 11);
    expect(offsetsRead(server)).toEqual([]);
  });

  test('starts over at leisure when the follower lost everything', () => {
    const { server } = leader();
    server.raft.snapshotBytesRead('3', 8, 0, four);
    wants(server, 4);
    server.takeReadys();
    wants(server, 0);
    expect(offsetsRead(server)).toEqual([]);
    for (let nowMs = 80; nowMs < 800; nowMs += 80) {
      server.raft.tick(nowMs);
      expect(offsetsRead(server)).toEqual([]);
      server.raft.step(appended({ term: 2, matchIndex: 8 }));
      server.raft.step(appended({ from: '3', term: 2, matchIndex: 1 }));
      server.takeReadys();
    }
    server.raft.tick(800);
    expect(offsetsRead(server)).toEqual([0]);
  });

  test('sends no snapshot to a follower that does not answer', () => {
    const cluster = new Cluster(['1', '2', '3']);
    cluster.elect('1', cutOff('3'));
    const server = cluster.at('1');
    server.raft.propose(commands('abcdef'));
    cluster.settle(cutOff('3'));
    server.takeSnapshot(8, new Uint8Array(10));
    server.raft.compact(8);
    for (let turn = 0; turn < 20; turn += 1) {
      cluster.nowMs += 80;
      server.raft.tick(cluster.nowMs);
      expect(offsetsRead(server)).toEqual([]);
      server.raft.step(appended({ term: 2, matchIndex: 8 }));
      server.takeReadys();
    }
  });

  test('goes on with the log once the follower has what the snapshot brings', () => {
    const { server } = leader();
    server.raft.step(appended({ from: '3', term: 2, matchIndex: 8 }));
    expect(server.raft.status().followers[1]).toMatchObject({ state: 'replicate', nextIndex: 9 });
    server.raft.snapshotBytesRead('3', 8, 0, four);
    for (const message of server.takeReadys()) {
      expect(message.type).not.toBe('InstallSnapshotRequest');
    }
  });

  test('trims only what its snapshot covers', () => {
    const cluster = new Cluster(['1']);
    cluster.elect('1');
    const server = cluster.at('1');
    server.raft.propose(commands('abcdef'));
    cluster.settle();
    server.raft.compact(8);
    expect(server.raft.status().firstIndex).toBe(1);
    server.takeSnapshot(5, new Uint8Array(1));
    server.raft.compact(8);
    expect(server.raft.status()).toMatchObject({ firstIndex: 6, snapshotIndex: 5 });
    expect(server.raft.ready()).toMatchObject({ trimThrough: 5, mustPersist: true });
    expect(() => {
      server.raft.snapshotTaken({ ...SNAPSHOT, lastIncludedIndex: 99 });
    }).toThrow('a snapshot holds only what was applied');
  });
});
