import type { Script } from './scenario.ts';

/** Membership changes and handovers of leadership. */
export const MEMBERSHIP_SCRIPTS: readonly Script[] = [
  {
    name: 'one change at a time (§4.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.split(['1'], ['2', '3']);
      s.add('1', '4', { voter: true, promote: false });
      s.add('1', '5', { voter: true, promote: false });
      s.remove('1', '3');
      s.expect(s.node('1').ghost.log.memberships.length === 2, 'the first change is in the way');
      s.heal();
      s.run(300);
    },
  },
  {
    name: 'two leaders in a row, each with a change of its own (Ongaro 2015)',
    voters: 4,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.split(['1'], ['2', '3', '4']);
      s.add('1', '5', { voter: true, promote: false });
      s.isolate('5');
      s.drop(({ type, from }) => type === 'AppendEntriesRequest' && from === '2');
      for (let tries = 0; tries < 40 && !s.leads('2'); tries += 1) {
        s.campaign('2');
        s.run(8);
      }
      s.expect(s.leads('2'), '2 leads and has committed nothing');
      s.remove('2', '1');
      s.expect(
        s.node('2').ghost.log.membership.index <= 1,
        'it must not change the membership yet',
      );
      // Had it done so, 2 and 3 could commit without 1, and 1 could lead with 4 and 5.
      s.drop(({ from, to }) => from === '2' && to === '4');
      s.run(40);
      s.heal();
      s.split(['1', '4', '5'], ['2', '3']);
      s.drop(null);
      s.until(() => !s.leads('1'), 300);
      s.lead('1');
      s.heal();
      s.run(300);
    },
  },
  {
    name: 'a change that is cut off is not in force any more (§4.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.run(20);
      s.isolate('1');
      s.add('1', '4', { voter: true, promote: false });
      s.isolate('4');
      s.expect(s.node('1').ghost.log.membership.index > 1, '1 acts on the new membership');
      s.lead('2');
      s.writes('2', 2);
      s.heal();
      s.isolate('4');
      s.run(300);
      s.expect(s.node('1').ghost.log.membership.index === 1, '1 is back to the first membership');
      s.lead('1');
      s.writes('1', 2);
    },
  },
  {
    name: 'a server joins, catches up and is promoted by itself (§4.2.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 10);
      s.add('1', '4', { voter: false, promote: true });
      s.run(200);
      const { members } = s.node('1').ghost.log.membership.membership;
      s.expect(
        members.some(({ id, voter }) => id === '4' && voter),
        '4 is a voter',
      );
    },
  },
  {
    name: 'a server joins behind a trimmed log and gets a snapshot first',
    voters: 3,
    options: { snapshotEntries: 4 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 10);
      s.add('1', '4', { voter: false, promote: true });
      s.run(300);
      s.expect(s.node('4').ghost.log.snapshotIndex > 0, '4 has got a snapshot');
      const { members } = s.node('1').ghost.log.membership.membership;
      s.expect(
        members.some(({ id, voter }) => id === '4' && voter),
        '4 is a voter',
      );
    },
  },
  {
    name: 'a removed server learns of it and is silent',
    voters: 4,
    run: (s) => {
      s.lead('1');
      s.remove('1', '4');
      s.run(400);
      s.runUndisturbed(1500, 'a removed server caused an election');
    },
  },
  {
    name: 'a server that was removed while it was away does not disturb the others (§4.2.3)',
    voters: 4,
    run: (s) => {
      s.lead('1');
      s.isolate('4');
      s.remove('1', '4');
      s.run(1500);
      s.heal();
      s.runUndisturbed(1500, 'a removed server caused an election');
    },
  },
  {
    name: 'a cluster grows from one to three and shrinks again',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.writes('1', 3);
      s.add('1', '2', { voter: false, promote: true });
      s.run(200);
      s.add('1', '3', { voter: false, promote: true });
      s.run(200);
      s.writes('1', 3);
      s.remove('1', '2');
      s.run(50);
      s.remove('1', '3');
      s.run(50);
      s.writes('1', 2);
      s.expect(s.node('1').ghost.log.membership.membership.members.length === 1, 'alone again');
    },
  },
  {
    name: 'the last voter stays',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.remove('1', '1');
      s.apply({ kind: 'demote', via: '1', node: '1' });
      s.run(20);
      s.expect(s.leads('1'), '1 still leads');
    },
  },
  {
    name: 'a voter becomes a non-voter and a voter again',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.apply({ kind: 'demote', via: '1', node: '3' });
      s.run(50);
      s.writes('1', 2);
      s.apply({ kind: 'promote', via: '1', node: '3' });
      s.run(50);
      const { members } = s.node('1').ghost.log.membership.membership;
      s.expect(
        members.every(({ voter }) => voter),
        'all are voters',
      );
    },
  },
  {
    name: 'a change in flight survives a power failure of everyone',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.apply({ kind: 'add', via: '1', node: '4', voter: true, promote: false });
      s.run(2);
      s.apply({ kind: 'crash-all', downUs: 20_000 });
      s.run(100);
      s.expectProgress();
    },
  },
  {
    name: 'a leader hands over to a voter that has everything (§3.10)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.writes('1', 3);
      s.transfer('1', '2');
      s.run(50);
      s.expect(s.leads('2'), '2 leads');
    },
  },
  {
    name: 'a handover waits until the target has caught up (§3.10)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.drop(({ type, to }) => type === 'AppendEntriesRequest' && to === '2');
      s.writes('1', 3);
      s.transfer('1', '2');
      s.run(10);
      s.expect(s.sent('TimeoutNow', '1', '2').length === 0, '2 is behind');
      s.write('1');
      s.drop(null);
      s.run(120);
      s.expect(s.leads('2'), '2 leads');
    },
  },
  {
    name: 'a handover to a server that is gone is given up (§3.10)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.drop(({ type }) => type === 'TimeoutNow');
      s.transfer('1', '2');
      s.run(20);
      s.write('1');
      s.crash('2');
      s.run(300);
      s.drop(null);
      s.expectProgress();
      s.expect(s.leads('1'), '1 goes on');
    },
  },
  {
    name: 'TimeoutNow that arrives late starts no election in a later term',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.hold(({ type, to }) => type === 'TimeoutNow' && to === '2');
      s.transfer('1', '2');
      s.run(10);
      s.lead('3');
      s.writes('3', 2);
      const elections = s.world.ghost.leaders.size;
      s.hold(null);
      s.release();
      s.run(100);
      s.expect(s.leads('3') && s.world.ghost.leaders.size === elections, '3 stays the leader');
    },
  },
  {
    name: 'the leader is removed by its successor',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.remove('1', '1');
      s.expect(s.leads('1'), 'a leader does not remove itself');
      s.transfer('1', '2');
      s.until(() => s.leads('2'), 200);
      s.run(30);
      s.remove('2', '1');
      s.run(300);
      s.writes('2', 2);
      s.expect(s.leads('2'), '2 leads');
    },
  },
];
