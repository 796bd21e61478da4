import type { Scenario, Script } from './scenario.ts';

/** Server 1 leads and writes so many entries that server 3 does not get. */
function leaveBehind(s: Scenario, writes: number): void {
  s.lead('1');
  s.isolate('3');
  s.writes('1', writes);
}

/** Snapshots and their transfer. */
export const SNAPSHOT_SCRIPTS: readonly Script[] = [
  {
    name: 'a follower behind the log gets a snapshot (§7)',
    voters: 3,
    options: { snapshotEntries: 4, snapshotPaddingBytes: 1500 },
    run: (s) => {
      leaveBehind(s, 12);
      s.heal();
      s.run(300);
      s.expectApplied('3', 12);
    },
  },
  {
    name: 'a snapshot replaces a longer log that contradicts it (figure 13, hashicorp/raft 697)',
    voters: 3,
    options: { snapshotEntries: 3 },
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.writes('1', 12);
      s.lead('2');
      s.writes('2', 5);
      s.expect(s.last('1') > s.last('2'), '1 has the longer log');
      s.expect(s.node('2').ghost.log.firstIndex > 3, '2 has trimmed its log');
      s.heal();
      s.run(300);
      s.expect(s.node('1').ghost.appliedIndex >= s.last('2') - 1, '1 follows');
    },
  },
  {
    name: 'a snapshot that arrives late moves nothing back',
    voters: 3,
    options: { snapshotEntries: 4 },
    run: (s) => {
      leaveBehind(s, 10);
      s.heal();
      s.run(100);
      s.writes('1', 6);
      const commit = s.committed('3');
      for (const message of s.sent('InstallSnapshotRequest', '1', '3')) s.again(message);
      s.expect(s.committed('3') >= commit, 'nothing goes back');
    },
  },
  {
    name: 'an uncommitted membership gives way to that of a snapshot (scylla 9551, openraft 1808)',
    voters: 3,
    options: { snapshotEntries: 3 },
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.isolate('1');
      s.writes('1', 4);
      s.add('1', '4', { voter: true, promote: false });
      s.lead('2');
      s.writes('2', 12);
      s.heal();
      s.isolate('4');
      s.run(300);
      s.expect(s.node('1').ghost.log.membership.index === 1, '1 is back to the first membership');
    },
  },
  {
    name: 'chunks of a snapshot are lost, doubled and late',
    voters: 3,
    options: { snapshotEntries: 5, snapshotPaddingBytes: 3000 },
    run: (s) => {
      leaveBehind(s, 12);
      let chunks = 0;
      s.drop(({ type }) => {
        if (type !== 'InstallSnapshotRequest') return false;
        chunks += 1;
        return chunks % 3 === 0;
      });
      s.heal();
      s.run(800);
      for (const message of s.sent('InstallSnapshotRequest', '1', '3')) s.again(message);
      s.drop(null);
      s.run(500);
      s.expectApplied('3', 12);
    },
  },
  {
    name: 'the leader changes in the middle of a transfer',
    voters: 3,
    options: { snapshotEntries: 5, snapshotPaddingBytes: 3000 },
    run: (s) => {
      leaveBehind(s, 12);
      s.heal();
      s.until(() => s.sent('InstallSnapshotRequest', '1', '3').length >= 3, 300);
      s.lead('2');
      s.run(500);
      s.expectApplied('3', 12);
    },
  },
  {
    name: 'the follower crashes in the middle of a transfer',
    voters: 3,
    options: { snapshotEntries: 5, snapshotPaddingBytes: 3000 },
    run: (s) => {
      leaveBehind(s, 12);
      s.heal();
      s.until(() => s.sent('InstallSnapshotRequest', '1', '3').length >= 3, 300);
      s.crash('3');
      s.start('3');
      s.run(800);
      s.expectApplied('3', 12);
    },
  },
  {
    name: 'a crash between snapshot and trim',
    voters: 3,
    options: { snapshotEntries: 0 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.apply({ kind: 'snapshot', node: '2' });
      s.until(() => s.node('2').ghost.durable.snapshotIndex > 0, 50);
      s.crash('2');
      s.start('2');
      s.writes('1', 2);
      s.expect(s.node('2').ghost.log.snapshotIndex > 0, '2 comes back with its snapshot');
    },
  },
  {
    name: 'a crash before the snapshot is durable (RedisRaft 43)',
    voters: 3,
    options: { snapshotEntries: 0 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.holdDisk('2');
      s.apply({ kind: 'snapshot', node: '2' });
      s.run(3);
      s.crash('2');
      s.start('2');
      s.letGo('2');
      s.writes('1', 2);
      s.expect(s.last('2') === s.last('1'), '2 has its log');
    },
  },
  {
    name: 'a transfer of what the follower has already ends',
    voters: 3,
    options: { snapshotEntries: 3 },
    run: (s) => {
      leaveBehind(s, 8);
      s.drop(({ type, from }) => type === 'InstallSnapshotResponse' && from === '3');
      s.heal();
      s.until(() => s.node('3').ghost.appliedIndex >= 8, 500);
      s.writes('1', 12);
      s.drop(null);
      s.run(600);
      s.expectApplied('3', 18);
    },
  },
  {
    name: 'writes go on faster than a snapshot travels (hashicorp/raft 697)',
    voters: 3,
    options: { snapshotEntries: 2, snapshotPaddingBytes: 4000 },
    run: (s) => {
      leaveBehind(s, 10);
      const known = s.committed('1');
      s.heal();
      for (let round = 0; round < 120; round += 1) {
        s.write('1');
        s.run(10);
      }
      s.promise(
        'L2',
        s.node('3').ghost.appliedIndex >= known,
        '3 never gets a whole snapshot while writes go on',
      );
    },
  },
  {
    name: 'the leader restarts from a snapshot and sends it on',
    voters: 3,
    options: { snapshotEntries: 3 },
    run: (s) => {
      leaveBehind(s, 8);
      s.crash('1');
      s.crash('2');
      s.start('1', '2');
      s.heal();
      s.expectProgress();
      s.run(300);
      s.expectApplied('3', 8);
    },
  },
];
