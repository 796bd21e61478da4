import { describe, expect, it } from 'vitest';
import type { WriteFailure, WriteWaiter } from '../../node-engine/node/driver-ports.ts';
import { Proposals, answer } from '../../node-engine/node/proposals.ts';

class Recorder implements WriteWaiter {
  readonly heard: unknown[] = [];

  applied(reply: unknown): void {
    this.heard.push(reply);
  }

  failed(failure: WriteFailure): void {
    this.heard.push(failure);
  }
}

function proposalOf(firstIndex: number, term: number, count: number) {
  const waiters = Array.from({ length: count }, () => new Recorder());
  return { firstIndex, term, proposedAtMs: 0, waiters };
}

describe('Proposals', () => {
  it('answers each entry of a run that is applied in two parts exactly once', () => {
    const proposals = new Proposals();
    const proposal = proposalOf(10, 2, 3);
    proposals.add(proposal);
    const first = proposals.match({ firstIndex: 10, lastIndex: 11, term: 2 }, null);
    answer(first, 10, 'a');
    answer(first, 11, 'b');
    answer(proposals.match({ firstIndex: 12, lastIndex: 12, term: 2 }, null), 12, 'c');
    expect(proposal.waiters.map((waiter) => waiter.heard)).toEqual([['a'], ['b'], ['c']]);
    expect(proposals.count).toBe(0);
  });

  it('says that a write never happened once another term is applied at its index', () => {
    const proposals = new Proposals();
    const proposal = proposalOf(10, 2, 2);
    proposals.add(proposal);
    expect(proposals.match({ firstIndex: 10, lastIndex: 10, term: 3 }, 'n3')).toBeNull();
    const superseded = { kind: 'superseded', leaderId: 'n3' };
    expect(proposal.waiters.map((waiter) => waiter.heard)).toEqual([[superseded], [superseded]]);
  });

  it('fails only the part that was not applied yet', () => {
    const proposals = new Proposals();
    const proposal = proposalOf(10, 2, 2);
    proposals.add(proposal);
    answer(proposals.match({ firstIndex: 10, lastIndex: 10, term: 2 }, null), 10, 'a');
    proposals.match({ firstIndex: 11, lastIndex: 11, term: 3 }, null);
    expect(proposal.waiters[0]?.heard).toEqual(['a']);
    expect(proposal.waiters[1]?.heard).toEqual([{ kind: 'superseded', leaderId: null }]);
  });

  it('answers undecided writes as unknown at the deadline after leadership was lost', () => {
    const proposals = new Proposals();
    const proposal = proposalOf(10, 2, 1);
    proposals.add(proposal);
    proposals.leadershipLost(2, 500);
    proposals.expire(499);
    expect(proposal.waiters[0]?.heard).toEqual([]);
    proposals.expire(500);
    expect(proposal.waiters[0]?.heard).toEqual([
      { kind: 'unknown', index: 10, term: 2, cause: 'leadership-lost' },
    ]);
  });

  it('leaves writes of the present term alone when older ones expire', () => {
    const proposals = new Proposals();
    const [old, present] = [proposalOf(10, 2, 1), proposalOf(11, 4, 1)];
    proposals.add(old);
    proposals.leadershipLost(2, 500);
    proposals.add(present);
    proposals.expire(600);
    expect(old.waiters[0]?.heard).toEqual([
      { kind: 'unknown', index: 10, term: 2, cause: 'leadership-lost' },
    ]);
    expect(present.waiters[0]?.heard).toEqual([]);
  });

  it('finds the proposal of the present term behind an undecided one of an older term', () => {
    const proposals = new Proposals();
    const [old, present] = [proposalOf(20, 3, 2), proposalOf(15, 5, 1)];
    proposals.add(old);
    proposals.add(present);
    answer(proposals.match({ firstIndex: 15, lastIndex: 15, term: 5 }, null), 15, 'ok');
    expect(present.waiters[0]?.heard).toEqual(['ok']);
    expect(old.waiters[0]?.heard).toEqual([]);
  });

  it('answers what a received snapshot covers as unknown', () => {
    const proposals = new Proposals();
    const proposal = proposalOf(10, 2, 1);
    proposals.add(proposal);
    proposals.snapshotInstalled(10);
    expect(proposal.waiters[0]?.heard).toEqual([
      { kind: 'unknown', index: 10, term: 2, cause: 'leadership-lost' },
    ]);
  });
});
