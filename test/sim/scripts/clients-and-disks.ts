import type { Script } from './scenario.ts';

/** Reads, answers to clients, and storage. */
export const CLIENT_SCRIPTS: readonly Script[] = [
  {
    name: 'a deposed leader answers no read (dissertation §6.4)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.isolate('1');
      s.lead('2');
      s.writes('2', 2);
      s.read('1');
      s.run(500);
      s.expect(s.world.counts.readsAnswered === 0, 'the read of 1 is not answered');
    },
  },
  {
    name: 'an old heartbeat answer does not confirm a new read (etcd 20418)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.hold(({ type, to }) => type === 'AppendEntriesResponse' && to === '1');
      s.read('1');
      s.run(5);
      s.isolate('1');
      s.heal();
      s.split(['1'], ['2', '3']);
      s.lead('2');
      s.writes('2', 2);
      s.read('1');
      s.hold(null);
      s.release(({ to }) => to === '1');
      s.run(30);
      s.read('1');
      for (const message of s.sent('AppendEntriesResponse', '2', '1')) s.again(message);
      s.run(300);
    },
  },
  {
    name: 'a read that comes while a round is under way waits for its own (etcd-io/raft 397)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.run(10);
      s.hold(({ type, to }) => type === 'AppendEntriesResponse' && to === '1');
      s.read('1');
      s.run(3);
      // Server 1 hears nobody from now on, but hands over, and still believes that it leads.
      s.drop(({ to }) => to === '1');
      s.transfer('1', '2');
      s.until(() => s.leads('2'), 30);
      s.writes('2', 2);
      s.expect(s.leads('1') && s.leads('2'), 'both believe that they lead');
      s.read('1');
      s.run(1);
      // The answers to the first round are older than what server 2 has committed.
      s.release(({ type, to }) => type === 'AppendEntriesResponse' && to === '1');
      s.run(5);
      s.expect(s.leads('1'), '1 still believes it');
      s.expect(s.world.counts.readsAnswered === 1, 'only the first read is answered');
    },
  },
  {
    name: 'a new leader reads only after its first commit (RedisRaft 22, TiKV 6340)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.drop(({ type, from }) => type === 'AppendEntriesRequest' && from === '1');
      s.run(5);
      s.drop(({ type, to }) => type === 'AppendEntriesResponse' && to === '2');
      s.writes('1', 2);
      s.crash('1');
      for (let tries = 0; tries < 40 && !s.leads('2'); tries += 1) {
        s.campaign('2');
        s.run(8);
      }
      s.read('2');
      s.run(20);
      s.expect(s.world.counts.readsAnswered === 0, 'nothing of the term is committed');
      s.drop(null);
      s.run(50);
      s.expect(s.world.counts.readsAnswered === 1, 'now it is');
    },
  },
  {
    name: 'a follower reads what the leader has committed (dissertation §6.4)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.followerRead('2');
      s.run(20);
      for (const message of s.sent('ReadIndexRequest', '2', '1')) s.again(message);
      s.run(20);
      for (const message of s.sent('ReadIndexResponse', '1', '2')) s.again(message);
      s.followerRead('2');
      s.run(20);
    },
  },
  {
    name: 'a follower of a deposed leader answers no stale read (dissertation §6.4)',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.split(['1', '2'], ['3', '4', '5']);
      s.lead('3');
      s.writes('3', 2);
      s.expect(s.leads('1'), '1 still believes that it leads');
      const { counts } = s.world;
      s.followerRead('2');
      s.run(500);
      s.expect(counts.readsAnswered === 0, 'nothing that 2 reads is answered');
      s.expect(s.clients.pending.size === 0, 'and its client was told so');
      s.heal();
      s.run(500);
      s.followerRead('2');
      s.run(50);
      s.expect(counts.followerReads === 1, 'now it is');
    },
  },
  {
    name: 'a follower answers a read only once it has applied the read index',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.run(50);
      s.hold(({ type, to }) => type === 'AppendEntriesRequest' && to === '2');
      s.writes('1', 2);
      s.expect(s.committed('2') < s.committed('1'), '2 is behind');
      s.followerRead('2');
      s.run(20);
      const { counts } = s.world;
      s.expect(s.sent('ReadIndexResponse', '1', '2').length > 0, 'the leader has answered');
      s.expect(counts.readsAnswered === 0, '2 has not');
      s.hold(null);
      s.release();
      s.run(30);
      s.expect(counts.followerReads === 1, 'it answers once it has caught up');
    },
  },
  {
    name: 'a read on a follower is lost with the leader, also when it was confirmed',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.run(50);
      s.hold(({ type, to }) => type === 'AppendEntriesRequest' && to === '2');
      s.writes('1', 2);
      s.followerRead('2');
      s.run(20);
      s.isolate('2');
      s.run(400);
      s.expect(s.world.counts.readsAnswered === 0, '2 cannot answer');
      s.expect(s.clients.pending.size === 0, 'and says so');
    },
  },
  {
    name: 'the age of a state counts from the asking, and from the last proof',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.run(50);
      s.agedRead('2', 0);
      s.run(20);
      const { counts, marks } = s.world;
      s.expect(counts.agedReads === 1, 'the leader was asked');
      const asked = s.sent('ReadIndexRequest', '2', '1').length;
      s.agedRead('2', 1000);
      s.expect(counts.agedReads === 2, 'a young state is read at once');
      s.expect(s.sent('ReadIndexRequest', '2', '1').length === asked, 'without asking again');
      // The answer is long under way: what it proves is as old as the question.
      s.hold(({ type }) => type === 'ReadIndexResponse');
      s.agedRead('2', 0);
      s.run(60);
      s.drop(({ type, to }) => to === '2' && type !== 'ReadIndexResponse');
      s.writes('1', 2);
      s.hold(null);
      s.release();
      s.expect(counts.agedReads === 3, 'the late answer serves the read that asked for it');
      s.agedRead('2', 30);
      s.expect(counts.agedReads === 3, 'and no other that wants a younger state');
      s.isolate('2');
      s.run(400);
      s.expect(marks['read with a greatest age refused'] > 0, 'an old state is refused');
    },
  },
  {
    name: 'a write of a lost leader ends as unknown (RedisRaft 23)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.write('1', 2);
      s.run(2000);
      s.expect(s.clients.pending.size === 0, 'the writes have an answer');
    },
  },
  {
    name: 'a write that was overwritten is answered as never done',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.write('1', 2);
      s.run(5);
      s.lead('2');
      s.writes('2', 3);
      s.heal();
      s.run(100);
      s.expect(s.world.marks['write answered as superseded'] > 0, 'superseded');
    },
  },
  {
    name: 'a write answered by the new leader in spite of the crash of the old one',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.write('1');
      s.run(2);
      s.crash('1');
      s.start('1');
      s.expectProgress();
    },
  },
  {
    name: 'the power fails everywhere with writes in flight',
    voters: 3,
    run: (s) => {
      s.lead('1');
      for (let round = 0; round < 6; round += 1) {
        s.write(s.anyLeader(), 2);
        s.run(1 + round / 4);
        s.apply({ kind: 'crash-all', downUs: 5_000 });
        s.run(20);
      }
      s.expectProgress();
    },
  },
  {
    name: 'a meta page is damaged and its twin takes over',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 4);
      for (const pick of [8, 9, 1000, 1001]) {
        s.apply({ kind: 'damage', node: '2', damage: 'meta', pick, downUs: 1000 });
        s.run(50);
        s.expect(s.node('2').state === 'up', '2 starts with the other page');
        s.writes('1', 1);
      }
    },
  },
  {
    name: 'a server without its vote does not start, also behind an empty log',
    voters: 3,
    options: { snapshotEntries: 2 },
    hasNoRecovery: true,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.run(50);
      s.snapshot('3');
      s.run(50);
      s.apply({ kind: 'damage', node: '3', damage: 'both-metas', pick: 0, downUs: 1000 });
      s.run(50);
      s.expect(s.node('3').state === 'refused', '3 has lost its term and vote');
      s.expectProgress();
    },
  },
  {
    name: 'a damaged record is noticed and never served',
    voters: 3,
    hasNoRecovery: true,
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.apply({ kind: 'damage', node: '2', damage: 'record', pick: 803, downUs: 1000 });
      s.run(50);
      s.expect(s.node('2').state !== 'opening', '2 has read its log');
      s.expectProgress();
    },
  },
  {
    name: 'a log is lost, and sent again by the leader',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.isolate('2');
      s.apply({ kind: 'damage', node: '2', damage: 'log', pick: 1, downUs: 1000 });
      s.run(2000);
      s.expect(s.node('2').ghost.isDamaged, '2 has lost what it acknowledged');
      s.promise('S29', s.node('2').ghost.role === 'follower', '2 campaigns with a damaged log');
      s.heal();
      s.expectProgress();
      s.run(500);
      s.expect(!s.node('2').ghost.isDamaged, '2 has its log again');
    },
  },
  {
    name: 'who lost a committed entry helps nobody to be elected without it',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 2);
      s.isolate('3');
      s.write('1', 3);
      s.run(50);
      const index = s.committed('1');
      s.expect(s.last('3') < index, '3 has not got the newest entries');
      s.crash('1');
      s.apply({ kind: 'damage', node: '2', damage: 'log', pick: 1, downUs: 1000 });
      s.heal();
      s.run(3000);
      s.expect(s.node('2').ghost.isDamaged, '2 has lost what it acknowledged');
      s.promise('S29', !s.leads('2') && !s.leads('3'), 'a leader without what is committed');
      s.start('1');
      s.expectProgress();
      s.run(500);
      s.expect(!s.node('2').ghost.isDamaged, '2 has its log again');
    },
  },
  {
    name: 'a failed write ends the life of the server',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.apply({ kind: 'write-error', node: '1', downUs: 1000 });
      s.write('1', 2);
      s.run(10);
      s.expect(!s.leads('1'), '1 has stopped');
      s.expectProgress();
    },
  },
  {
    name: 'a disk that is full and has room again loses nothing that was acknowledged',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.apply({ kind: 'disk-full', nodes: ['1'], forUs: 300_000 });
      s.writes('1', 5);
      s.run(100);
      s.expect(!s.leads('1'), '1 has stopped');
      s.run(600);
      s.expectProgress();
      s.expect(s.node('1').state === 'up', '1 is back');
    },
  },
  {
    name: 'all disks are full at once',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 3);
      s.apply({ kind: 'disk-full', nodes: ['1', '2', '3'], forUs: 200_000 });
      s.write('1', 3);
      s.run(500);
      s.expectProgress();
    },
  },
  {
    name: 'wall clocks jump by hours and nothing happens',
    voters: 3,
    run: (s) => {
      s.lead('1');
      const term = s.term('1');
      for (const [node, byMs] of [
        ['1', -7_200_000],
        ['2', 3_600_000],
        ['1', 10_000_000],
      ] as const) {
        s.apply({ kind: 'wall-jump', node, byMs });
        s.writes('1', 2);
      }
      s.run(500);
      s.expect(s.leads('1') && s.term('1') === term, '1 leads as before');
    },
  },
  {
    name: 'a server that slept wakes up into a later term',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.write('1');
      s.apply({ kind: 'pause', node: '1', forUs: 3_000_000 });
      s.run(100);
      s.until(() => s.leads('2') || s.leads('3'), 1500);
      s.writes(s.leads('2') ? '2' : '3', 3);
      s.read('1');
      s.run(3500);
      s.expect(!s.leads('1') || s.term('1') > 2, '1 has noticed');
    },
  },
];
