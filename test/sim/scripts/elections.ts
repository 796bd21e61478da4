import type { Script } from './scenario.ts';

/** Elections, pre-votes and their known deadlocks. */
export const ELECTION_SCRIPTS: readonly Script[] = [
  {
    name: 'a single voter elects itself and commits alone',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.writes('1', 3);
      s.expect(s.committed('1') === 5, 'three writes behind the empty entry of the term');
    },
  },
  {
    name: 'a cluster left alone elects one leader and keeps it',
    voters: 5,
    run: (s) => {
      const leader = s.anyLeader();
      const term = s.term(leader);
      s.run(2000);
      s.expect(s.leads(leader) && s.term(leader) === term, 'the same leader in the same term');
    },
  },
  {
    name: 'a candidate whose log is shorter cannot win (§5.4.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('3');
      s.writes('1', 3);
      s.crash('1');
      s.heal();
      for (let tries = 0; tries < 5; tries += 1) {
        s.campaign('3');
        s.run(10);
      }
      s.expect(!s.leads('3'), '3 lacks committed entries');
      s.until(() => s.leads('2'), 1000);
      s.expect(s.leads('2'), '2 has them');
    },
  },
  {
    name: 'a shorter log of a later term beats a longer one (§5.4.1)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.writes('1', 5);
      s.lead('2');
      s.crash('3');
      s.heal();
      s.expect(s.last('1') > s.last('2'), '1 has the longer log');
      s.crash('2');
      s.start('2');
      s.expectProgress();
      s.expect(s.leads('2'), 'only 2 can win');
    },
  },
  {
    name: 'a vote survives a crash',
    voters: 3,
    run: (s) => {
      s.hold(({ type }) => type === 'RequestVoteRequest');
      s.drop(({ type, from }) => type === 'RequestVoteResponse' && from === '2');
      s.campaign('1');
      s.campaign('3');
      s.run(10);
      const both = s.held().filter(({ to }) => to === '2');
      s.expect(both.length === 2, 'two candidates of one term ask 2');
      s.release(({ from, to }) => from === '1' && to === '2');
      s.crash('2');
      s.start('2');
      s.release(({ from, to }) => from === '3' && to === '2');
      s.expect(s.node('2').core?.hardState().votedFor === '1', 'the vote of 2 stays with 1');
    },
  },
  {
    name: 'votes of an earlier term do not elect in a later one',
    voters: 3,
    run: (s) => {
      s.hold(({ type }) => type === 'RequestVoteResponse');
      s.campaign('1');
      s.run(10);
      s.expect(s.held().length === 2, 'two votes are on their way');
      s.drop(({ type, from }) => {
        return type === 'RequestVoteRequest' || (type === 'PreVoteRequest' && from !== '1');
      });
      s.until(() => s.term('1') > 2 && s.node('1').ghost.role === 'candidate', 1000);
      s.run(2);
      s.expect(s.node('1').ghost.role === 'candidate', '1 campaigns again');
      s.hold(null);
      s.release();
      s.expect(!s.leads('1'), 'those votes are of another term');
    },
  },
  {
    name: 'a vote that arrives twice counts once',
    voters: 5,
    run: (s) => {
      s.drop(({ type, to }) => type === 'RequestVoteRequest' && to !== '2');
      s.campaign('1');
      s.run(10);
      const [vote] = s.sent('RequestVoteResponse', '2', '1');
      s.again(vote);
      s.again(vote);
      s.expect(!s.leads('1'), 'two votes of five are no quorum');
    },
  },
  {
    name: 'votes of non-voters are not counted (§4.2.1)',
    voters: 3,
    run: (s) => {
      s.lead('2');
      s.add('2', '4', { voter: false, promote: false });
      s.add('2', '5', { voter: false, promote: false });
      s.run(50);
      s.drop(({ type, from, to }) => {
        return type === 'RequestVoteRequest' && from === '1' && (to === '2' || to === '3');
      });
      s.transfer('2', '1');
      s.run(30);
      s.expect(!s.leads('1'), '1 has no vote of a voter but its own');
    },
  },
  {
    name: 'answers to a pre-vote are not votes',
    voters: 5,
    run: (s) => {
      s.hold(({ type, to }) => type === 'PreVoteResponse' && to === '1');
      s.campaign('1');
      s.run(5);
      const [first, second, ...late] = s.held();
      s.drop(({ type }) => type === 'RequestVoteRequest');
      s.hold(null);
      s.release((message) => message === first || message === second);
      s.run(5);
      s.expect(s.node('1').ghost.role === 'candidate', '1 has won the pre-vote');
      s.release((message) => late.includes(message));
      s.expect(!s.leads('1'), 'nobody has voted for 1');
    },
  },
  {
    name: 'two candidates split the vote, and the next election decides',
    voters: 4,
    run: (s) => {
      s.drop(({ type, from, to }) => {
        const crosses = ['1', '3'].includes(from) !== ['1', '3'].includes(to);
        return type === 'RequestVoteRequest' && crosses;
      });
      s.campaign('1');
      s.campaign('2');
      s.run(10);
      s.expect(!s.leads('1') && !s.leads('2'), 'two votes of four are no quorum');
      s.drop(null);
      s.expectProgress();
    },
  },
  {
    name: 'servers that start at one moment do not block each other for ever',
    voters: 3,
    run: (s) => {
      s.lead('1');
      for (const id of ['1', '2', '3']) s.crash(id);
      s.start('1', '2', '3');
      s.expectProgress();
    },
  },
  {
    name: 'a pre-vote changes nothing at the server asked (§9.6)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      const term = s.term('2');
      s.isolate('3');
      s.run(1000);
      s.expect(s.term('3') === term, 'nobody grants the pre-votes of 3, so it raises no term');
      s.heal();
      s.run(300);
      s.expect(s.leads('1') && s.term('1') === term, 'the leader stays');
    },
  },
  {
    name: 'a longer log of a lower term learns the term it must beat (etcd 8243, openraft 1796)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.write('1');
      s.run(5);
      s.drop(({ type }) => type === 'RequestVoteRequest');
      s.until(() => Math.max(s.term('2'), s.term('3')) >= 6, 8000);
      s.run(5);
      const [high, other] = s.term('2') >= s.term('3') ? ['2', '3'] : ['3', '2'];
      s.crash(other);
      s.drop(null);
      s.heal();
      s.expect(s.last('1') > s.last(high) && s.term('1') < s.term(high), 'long log, low term');
      s.expectProgress();
    },
  },
  {
    name: 'two of three go on although the last leader must win (hashicorp/raft 605)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.crash('3');
      s.isolate('1');
      s.write('1');
      s.until(() => !s.leads('1'), 1000);
      s.heal();
      s.expect(s.last('1') > s.last('2'), 'only 1 can win');
      s.expectProgress();
    },
  },
  {
    name: 'a voter that has seen no term helps to elect',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.add('1', '2', { voter: true, promote: false });
      s.run(20);
      s.crash('1');
      s.crash('2');
      s.drop(({ type }) => type === 'AppendEntriesRequest');
      s.start('1', '2');
      s.run(500);
      s.drop(null);
      s.expectProgress();
    },
  },
  {
    name: 'a new voter without a log helps to elect the leader that added it',
    voters: 1,
    run: (s) => {
      s.lead('1');
      s.drop(({ type, to }) => type === 'AppendEntriesRequest' && to === '2');
      s.add('1', '2', { voter: true, promote: false });
      s.until(() => !s.leads('1'), 1000);
      s.expect(s.last('2') === 0 && s.term('2') === 0, '2 has seen nothing');
      s.drop(null);
      s.expectProgress();
    },
  },
  {
    name: 'a candidate steps back for the leader of its term',
    voters: 3,
    run: (s) => {
      s.drop(({ type, from }) => type === 'RequestVoteRequest' && from === '3');
      s.hold(({ type, from, to }) => type === 'RequestVoteRequest' && from === '1' && to === '2');
      s.campaign('1');
      s.campaign('3');
      s.run(10);
      s.release();
      s.run(10);
      s.expect(s.leads('1'), '1 has the vote of 2');
      s.expect(s.node('3').ghost.role === 'follower', '3 follows');
    },
  },
  {
    name: 'a leader that hears nobody steps down (§6.2)',
    voters: 5,
    run: (s) => {
      s.lead('1');
      s.isolate('1');
      s.run(600);
      s.expect(!s.leads('1'), '1 has lost its quorum');
      s.heal();
      s.expectProgress();
    },
  },
  {
    name: 'a leader that is heard but hears nobody steps down (Cloudflare 2020)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.cut('2', '1');
      s.cut('3', '1');
      s.run(600);
      s.expect(!s.leads('1'), '1 does not hear its quorum');
      s.expectProgress();
    },
  },
  {
    name: 'a leader that hears but is not heard is replaced',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.cut('1', '2');
      s.cut('1', '3');
      s.run(600);
      s.expect(!s.leads('1'), 'the others have another leader');
      s.expectProgress();
    },
  },
  {
    name: 'who sees only one of two others does not disturb them',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.split(['1'], ['3']);
      const term = s.term('1');
      s.run(2000);
      s.promise('L3', s.term('2') <= term + 2, 'terms grow with a bridge');
      s.expectProgress();
    },
  },
  {
    name: 'a server that returns causes no election (§4.2.3)',
    voters: 3,
    run: (s) => {
      s.lead('1');
      s.isolate('3');
      s.run(1500);
      s.heal();
      s.runUndisturbed(500, 'the return of 3 caused an election');
    },
  },
  {
    name: 'a server that was to sleep for long goes on when the faults end',
    voters: 2,
    run: (s) => {
      s.lead('1');
      s.apply({ kind: 'pause', node: '2', forUs: 60_000_000 });
      s.apply({ kind: 'crash', node: '2', downUs: 1_000 });
      s.write('1');
      s.run(100);
      s.expect(s.clients.pending.size === 1, 'nobody answers for a sleeper');
    },
  },
];
