import { lastIndexOf } from '../../../node-engine/raft/types.ts';
import type { Message } from '../../../node-engine/raft/message.ts';
import type { Script } from './scenario.ts';

function hasRuns(message: Message): boolean {
  return message.type === 'AppendEntriesRequest' && message.runs.length > 0;
}

/** Whether an append brings the entry at `index`. */
function brings(message: Message | undefined, index: number): boolean {
  if (message?.type !== 'AppendEntriesRequest') return false;
  return message.runs.some((run) => run.firstIndex <= index && lastIndexOf(run) >= index);
}

/** Log replication and commitment. */
export const REPLICATION_SCRIPTS: readonly Script[] = [
  {
    name: 'entries that only a lost leader has are cut off (§5.3)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.writes('1', 4);
      s.lead('2');
      s.writes('2', 2);
      s.heal();
      s.run(300);
      s.expect(s.last('1') === s.last('2'), '1 has the log of 2');
    },
  },
  {
    name: 'a run is cut in its middle, and its left part stays (§5.3)',
    voters: 5,
    options: { raft: { appendBytesMax: 130 } },
    run: (s) => {
      s.lead('1');
      s.split(['1', '2'], ['3', '4', '5']);
      s.write('1', 6);
      s.run(2);
      s.crash('1');
      s.heal();
      s.lead('3');
      s.writes('3', 2);
      s.start('1');
      s.run(300);
      s.expect(s.last('2') === s.last('3'), '2 has the log of 3');
    },
  },
  {
    name: 'an entry of an earlier term is not committed by counting (figure 8)',
    voters: 5,
    options: { raft: { appendBytesMax: 1 } },
    run: (s) => {
      s.lead('1');
      s.run(10);
      s.split(['1', '2'], ['3', '4', '5']);
      s.write('1');
      s.run(4);
      s.crash('1');
      s.drop((message) => message.from === '5' && hasRuns(message));
      s.onlyCandidate('5');
      s.until(() => s.leads('5'), 1000);
      s.run(2);
      s.crash('5');
      s.drop(null);
      s.heal();
      s.start('1');
      const old = s.last('1');
      s.drop((message) => brings(message, old + 1));
      s.onlyCandidate('1');
      s.until(() => s.leads('1'), 1000);
      s.run(80);
      s.expect(s.leads('1'), '1 leads again');
      s.expect(s.last('3') >= old, 'a majority has the entry of the earlier term');
      s.expect(s.committed('1') < old, 'and still it is not committed');
      s.onlyCandidate(null);
      s.crash('1');
      s.start('5');
      s.drop(null);
      s.lead('5');
      s.start('1');
    },
  },
  {
    name: 'logs that differ over several terms are found fast (§5.3)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      for (const [leader, other] of [
        ['1', '2'],
        ['2', '1'],
        ['1', '2'],
      ] as const) {
        s.lead(leader);
        s.isolate(leader);
        s.writes(leader, 3);
        s.lead(other);
        s.writes(other, 1);
        s.heal();
        s.run(150);
      }
      s.run(300);
      s.expect(s.last('1') === s.last('2') && s.last('2') === s.last('3'), 'all logs are equal');
    },
  },
  {
    name: 'appends arrive in the reverse order, and again',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.hold((message) => message.to === '3' && message.type === 'AppendEntriesRequest');
      s.writes('1', 6);
      const messages = [...s.held()];
      s.hold(null);
      for (const message of [...messages].reverse()) s.release((held) => held === message);
      for (const message of messages) s.again(message);
      s.run(100);
      s.expect(s.last('3') === s.last('1'), '3 has everything');
    },
  },
  {
    name: 'an append that arrives again cuts nothing off',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 4);
      const last = s.last('2');
      for (const message of s.sent('AppendEntriesRequest', '1', '2')) s.again(message);
      s.expect(s.last('2') === last, 'nothing is lost');
    },
  },
  {
    name: 'appends of a deposed leader are refused (§5.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.hold((message) => message.from === '1' && hasRuns(message));
      s.write('1', 2);
      s.run(3);
      s.isolate('1');
      s.lead('2');
      s.hold(null);
      s.release(({ to }) => to === '3');
      s.writes('2', 2);
      for (const message of s.sent('AppendEntriesRequest', '1', '3')) s.again(message);
      s.run(20);
      s.expect(s.last('3') === s.last('2'), '3 follows 2');
    },
  },
  {
    name: 'an append of a deposed leader does not replace what the new one has committed',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.cut('1', '2');
      s.hold((message) => message.from === '1' && message.to === '3' && hasRuns(message));
      s.write('1');
      s.run(1);
      s.isolate('1');
      s.hold(null);
      s.onlyCandidate('2');
      s.until(() => s.leads('2'), 1000);
      const index = s.last('2');
      s.until(() => s.committed('2') >= index, 100);
      s.expect(s.committed('3') < index, '3 does not know yet that its entry is committed');
      s.heal();
      s.release();
      s.run(10);
      s.expect(s.last('3') >= index, '3 keeps it');
    },
  },
  {
    name: 'who missed the term that committed an entry may cut it off by an older leader',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.split(['1', '5'], ['2', '3', '4']);
      s.writes('1', 3);
      const index = s.last('5');
      s.heal();
      for (const id of ['2', '3', '4', '5']) s.cut('1', id);
      s.hold(({ to }) => to === '1');
      s.drop((message) => message.from === '3' && message.to !== '1' && hasRuns(message));
      s.onlyCandidate('3');
      s.until(() => s.leads('3'), 1000);
      s.run(2);
      s.isolate('3');
      s.onlyCandidate('5');
      s.until(() => s.committed('2') > index, 1000);
      s.expect(s.committed('2') > index, '5 has committed what 1 has, with 2 and 4');
      s.hold(null);
      s.heal();
      s.release((message) => message.from === '3' && hasRuns(message));
      s.expect(s.last('1') < index, '1 has cut it off by the word of 3');
      s.run(300);
      s.expect(s.committed('1') > index, '1 has it again');
    },
  },
  {
    name: 'acknowledgements of an earlier term do not count in a later one',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.run(10);
      s.split(['1', '2'], ['3', '4', '5']);
      s.hold(({ type, from }) => type === 'AppendEntriesResponse' && from === '2');
      s.write('1', 3);
      s.run(5);
      s.hold(null);
      const late = s.held();
      s.heal();
      s.isolate('1');
      s.lead('4');
      s.run(30);
      s.expect(s.last('2') === s.last('4'), '2 has cut off what 1 had sent');
      s.onlyCandidate('1');
      for (const id of ['3', '4', '5']) s.cut(id, '2');
      s.writes('4', 5);
      s.heal();
      for (const id of ['1', '3', '4', '5']) s.cut(id, '2');
      s.run(100);
      s.lead('1');
      for (const message of late) s.release((held) => held === message);
      s.write('1');
      s.run(20);
    },
  },
  {
    name: 'a late refusal does not move nextIndex below matchIndex (etcd-io/raft 149)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('3');
      s.writes('1', 4);
      s.hold(({ type, from }) => type === 'AppendEntriesResponse' && from === '3');
      s.heal();
      s.run(40);
      const [refusal] = s.held();
      s.hold(null);
      s.release();
      s.run(60);
      s.again(refusal);
      s.again(refusal);
      s.writes('1', 2);
      s.expect(s.last('3') === s.last('1'), '3 has everything');
    },
  },
  {
    name: 'a write that ends after its entries were cut off proves nothing (etcd async storage)',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.holdDisk('5');
      s.split(['1', '5'], ['2', '3', '4']);
      s.writes('1', 3);
      s.crash('1');
      s.heal();
      s.lead('2');
      s.writes('2', 2);
      s.letGo('5');
      s.run(50);
      s.expect(s.last('5') === s.last('2'), '5 has the log of 2');
    },
  },
  {
    name: 'gathered writes of which the last cuts an earlier one',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.holdDisk('5');
      s.writes('1', 2);
      s.split(['1', '5'], ['2', '3', '4']);
      s.writes('1', 1);
      s.crash('1');
      s.heal();
      s.lead('2');
      s.run(10);
      s.letGo('5');
      s.run(50);
      s.expect(s.last('5') === s.last('2'), '5 has the log of 2');
    },
  },
  {
    name: 'a leader whose disk is stuck commits by the disks of others (dissertation §10.2.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.run(10);
      s.holdDisk('1');
      s.write('1', 2);
      s.run(20);
      s.expect(
        s.committed('1') > s.node('1').ghost.durable.lastIndex,
        'committed, not durable here',
      );
      s.letGo('1');
    },
  },
  {
    name: 'a leader alone waits for its own disk',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.holdDisk('1');
      s.write('1');
      s.run(20);
      s.expect(s.committed('1') < s.last('1'), 'nothing is committed that could be lost');
      s.crash('1');
      s.start('1');
      s.lead('1');
    },
  },
  {
    name: 'four voters need three (hashicorp/raft 163a55f)',
    voters: 4,
    run: (s) => {
      s.lead('1');
      s.split(['1', '2'], ['3', '4']);
      const before = s.committed('1');
      s.write('1', 2);
      s.run(50);
      s.expect(s.committed('1') === before, 'two of four are no quorum');
    },
  },
  {
    name: 'non-voters do not count for a commit (§4.2.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.add('1', '4', { voter: false, promote: false });
      s.add('1', '5', { voter: false, promote: false });
      s.run(50);
      s.split(['1', '4', '5'], ['2', '3']);
      const before = s.committed('1');
      s.write('1');
      s.run(50);
      s.expect(s.committed('1') === before, 'one voter of three is no quorum');
    },
  },
  {
    name: 'a follower far behind gets entries from the log store',
    voters: 3,
    options: { raft: { cacheBytesMax: 0, appendBytesMax: 200 } },
    run: (s) => {
      s.lead('1');
      s.isolate('3');
      s.writes('1', 20);
      s.heal();
      s.run(200);
      s.expect(s.last('3') === s.last('1'), '3 has caught up');
    },
  },
  {
    name: 'a failed read on the leader leaves no gap (openraft 1795)',
    voters: 3,
    options: { raft: { cacheBytesMax: 300, appendBytesMax: 200 } },
    run: (s) => {
      s.lead('1');
      s.isolate('3');
      s.writes('1', 10);
      s.node('1').disk.faults.failRead = true;
      s.heal();
      s.run(30);
      s.node('1').disk.faults.failRead = true;
      s.write('1');
      s.run(200);
      s.expect(s.last('3') === s.last('1'), '3 has caught up');
    },
  },
  {
    name: 'an append that begins before the log of the follower (RedisLabs/raft 49)',
    voters: 3,
    options: { snapshotEntries: 3 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 6);
      s.run(60);
      s.expect(s.node('2').ghost.log.firstIndex > 3, '2 has trimmed its log');
      for (const message of s.sent('AppendEntriesRequest', '1', '2')) s.again(message);
      s.writes('1', 2);
      s.expect(s.last('2') === s.last('1'), '2 goes on');
    },
  },
  {
    name: 'acknowledgements are lost while the follower trims (openraft 511)',
    voters: 3,
    options: { snapshotEntries: 3, raft: { appendsInFlightMax: 1 } },
    run: (s) => {
      s.lead('1');
      s.drop(({ type, from }) => type === 'AppendEntriesResponse' && from === '3');
      s.writes('1', 8);
      s.run(60);
      s.drop(null);
      s.run(200);
      s.writes('1', 2);
      s.expect(s.last('3') === s.last('1'), '3 goes on');
    },
  },
];
