import fc from 'fast-check';
import { expect, test } from 'vitest';

import { InvariantError } from '../../node-engine/raft/assert.ts';
import { RaftLog } from '../../node-engine/raft/log.ts';
import { lastIndexOf } from '../../node-engine/raft/types.ts';
import type { RecoveredState, Run, SnapshotMeta } from '../../node-engine/raft/types.ts';
import { run } from './messages.ts';
import { member, offsetOfCommand } from './server.ts';

const EMPTY: RecoveredState = {
  hardState: { term: 0, votedFor: null, commitIndex: 0 },
  snapshot: null,
  firstIndex: 1,
  lastIndex: 0,
  terms: [],
  memberships: [],
  tail: [],
};

function newLog(recovered: RecoveredState = EMPTY, cacheBytesMax = 0): RaftLog {
  return new RaftLog({ recovered, offsetOfCommand, cacheBytesMax });
}

function snapshotAt(index: number, term: number): SnapshotMeta {
  return {
    id: `s${index}`,
    lastIncludedIndex: index,
    lastIncludedTerm: term,
    membership: { members: [member('1')] },
    membershipIndex: 0,
    sizeBytes: 1,
  };
}

/** Letters of all entries in runs, with their index and term, as comparable text. */
function entriesOf(runs: readonly Run[]): string[] {
  return runs.flatMap((part) =>
    [...part.bytes].map(
      (byte, place) => `${part.firstIndex + place}/${part.term}:${String.fromCharCode(byte)}`,
    ),
  );
}

/** A disk that applies changes as a store does. */
class NaiveDisk {
  records: Run[] = [];

  apply(change: ReturnType<RaftLog['handOut']>): void {
    if (change.install !== null) this.records = [];
    const { truncateFrom, trimThrough } = change;
    if (truncateFrom !== null) {
      expect(this.records.some((record) => record.firstIndex === truncateFrom)).toBe(true);
      this.records = this.records.filter((record) => record.firstIndex < truncateFrom);
    }
    this.records.push(...change.append);
    if (trimThrough !== null) {
      this.records = this.records.filter((record) => lastIndexOf(record) > trimThrough);
    }
  }
}

const step = fc.record({
  do: fc.constantFrom(
    'append',
    'append',
    'truncate',
    'commit',
    'hand',
    'persist',
    'trim',
    'install',
  ),
  size: fc.integer({ min: 1, max: 6 }),
  place: fc.nat(20),
});

/**
 * Random use of the log against a list of entries and a disk. After every step: the log has the
 * entries of the list, and what it calls durable is on the disk.
 */
function check(
  steps: readonly { do: string; size: number; place: number }[],
  cacheBytesMax: number,
): void {
  const log = newLog(EMPTY, cacheBytesMax);
  const disk = new NaiveDisk();
  const writes: { sequence: number; change: ReturnType<RaftLog['handOut']> }[] = [];
  let entries: string[] = [];
  let term = 1;
  let sequence = 0;
  for (const { do: action, size, place } of steps) {
    if (action === 'append') {
      const text = 'abcdefgh'.slice(place % 3, (place % 3) + size);
      log.append(run(log.lastIndex + 1, term, text));
      entries.push(...entriesOf([run(log.lastIndex - size + 1, term, text)]));
    } else if (action === 'truncate' && log.lastIndex > log.commitIndex) {
      const index = log.commitIndex + 1 + (place % (log.lastIndex - log.commitIndex));
      log.truncateFrom(index);
      entries = entries.filter((entry) => Number.parseInt(entry, 10) < index);
      term += 1;
    } else if (action === 'commit') {
      log.commitThrough(log.commitIndex + (place % (log.lastIndex - log.commitIndex + 1)));
    } else if (action === 'hand' && log.hasChange) {
      sequence += 1;
      writes.push({ sequence, change: log.handOut(sequence) });
    } else if (action === 'persist') {
      const write = writes.shift();
      if (write === undefined) continue;
      disk.apply(write.change);
      log.persisted(write.sequence);
    } else if (action === 'trim' && log.applicableIndex > log.snapshotIndex) {
      const index = log.applicableIndex;
      log.appliedIndex = index;
      log.snapshot = snapshotAt(index, log.termAt(index) ?? 0);
      log.trimThrough(index - (place % 3));
    } else if (action === 'install' && place < 3) {
      term += 1;
      const index = log.commitIndex + 1 + size;
      log.install(snapshotAt(index, term));
      entries = [];
    }
    compare(log, disk, entries);
  }
}

function compare(log: RaftLog, disk: NaiveDisk, entries: readonly string[]): void {
  const inLog = entries.filter((entry) => Number.parseInt(entry, 10) >= log.firstIndex);
  expect(inLog).toHaveLength(log.lastIndex - log.firstIndex + 1);
  for (const entry of inLog) {
    const [index = '', rest = ''] = entry.split('/');
    expect(log.termAt(Number(index))).toBe(Number.parseInt(rest, 10));
  }
  const cachedFrom = Math.max(log.firstIndex, log.cachedFromIndex);
  const cached = log.cachedRuns(cachedFrom, log.lastIndex) ?? [];
  expect(entriesOf(cached)).toEqual(
    inLog.filter((entry) => Number.parseInt(entry, 10) >= cachedFrom),
  );
  expect(cachedFrom).toBeLessThanOrEqual(log.commitIndex + 1);
  const stored = new Set(entriesOf(disk.records));
  for (const entry of inLog) {
    if (Number.parseInt(entry, 10) <= log.stableIndex) expect(stored.has(entry)).toBe(true);
  }
}

test('the log agrees with a list of entries, and durable is only what is on disk', () => {
  const steps = fc.array(step, { maxLength: 60 });
  fc.assert(fc.property(steps, fc.constantFrom(0, 150, 100_000), check), { numRuns: 300 });
});

test('a write that completes after its entries were replaced makes nothing durable', () => {
  const log = newLog();
  log.append(run(1, 1, 'ab'));
  log.handOut(1);
  log.truncateFrom(2);
  log.append(run(2, 2, 'x'));
  log.persisted(1);
  expect(log.stableIndex).toBe(1);
  log.handOut(2);
  log.persisted(2);
  expect(log.stableIndex).toBe(2);
});

test('cutting a stored run removes its record and writes the left part again', () => {
  const log = newLog();
  log.append(run(1, 1, 'ab'));
  log.append(run(3, 1, 'cdef'));
  log.handOut(1);
  log.truncateFrom(5);
  log.append(run(5, 2, 'x'));
  const left = { ...run(3, 1, 'cd'), originalFirstIndex: 3 };
  expect(log.handOut(2)).toEqual({
    install: null,
    truncateFrom: 3,
    append: [left, run(5, 2, 'x')],
    trimThrough: null,
  });
});

test('the left part of a part still knows where it was proposed', () => {
  const log = newLog();
  log.append(run(1, 1, 'a'));
  log.append({ ...run(2, 1, 'bcd'), originalFirstIndex: 1 });
  log.handOut(1);
  log.truncateFrom(4);
  expect(log.handOut(2).append).toEqual([{ ...run(2, 1, 'bc'), originalFirstIndex: 1 }]);
});

test('cutting entries that were never handed out needs no write', () => {
  const log = newLog();
  log.append(run(1, 1, 'a'));
  log.handOut(1);
  log.append(run(2, 1, 'bcd'));
  log.truncateFrom(3);
  expect(log.handOut(2)).toMatchObject({ truncateFrom: null, append: [run(2, 1, 'b')] });
});

test('committed entries leave memory only when they are durable', () => {
  const log = newLog();
  log.append(run(1, 1, 'ab'));
  log.commitThrough(2);
  expect(log.cachedRuns(1, 2)).not.toBe(null);
  log.handOut(1);
  expect(log.cachedRuns(1, 2)).not.toBe(null);
  log.persisted(1);
  expect(log.cachedRuns(1, 2)).toBe(null);
});

test('a slice goes by whole runs, and a run that is too large is cut', () => {
  const log = newLog(EMPTY, 1000);
  log.append(run(1, 1, 'ab'));
  log.append(run(3, 1, 'cd'));
  log.append(run(5, 1, 'efgh'));
  expect(log.slice(1, 140)).toEqual({
    runs: [run(1, 1, 'ab'), run(3, 1, 'cd')],
    lastIndex: 4,
    bytes: 132,
  });
  expect(log.slice(2, 65)?.runs).toEqual([{ ...run(2, 1, 'b'), originalFirstIndex: 1 }]);
  expect(log.slice(5, 66)?.lastIndex).toBe(6);
  expect(log.slice(5, 1)?.lastIndex).toBe(5);
  expect(log.slice(9, 100)).toBe(null);
});

test('committed entries are never cut, and what is cut exists', () => {
  const log = newLog();
  log.append(run(1, 1, 'abc'));
  log.commitThrough(2);
  expect(() => {
    log.truncateFrom(2);
  }).toThrow('a committed entry is never removed');
  expect(() => {
    log.truncateFrom(4);
  }).toThrow(InvariantError);
});

test('where logs may agree is never behind the place asked about', () => {
  const log = newLog();
  log.append(run(1, 1, 'abcdef'));
  log.handOut(1);
  log.persisted(1);
  log.commitThrough(6);
  log.appliedIndex = 6;
  log.snapshot = snapshotAt(4, 1);
  log.trimThrough(4);
  expect(log.lastIndexWithTermAtMost(6, 1)).toBe(6);
  expect(log.lastIndexWithTermAtMost(4, 1)).toBe(4);
  expect(log.lastIndexWithTermAtMost(2, 1)).toBe(null);
});

test('a snapshot beyond the log replaces it at the start', () => {
  const recovered: RecoveredState = {
    ...EMPTY,
    hardState: { term: 2, votedFor: null, commitIndex: 1 },
    snapshot: snapshotAt(9, 2),
    lastIndex: 3,
    terms: [{ firstIndex: 1, term: 1 }],
    tail: [run(1, 1, 'abc')],
  };
  const log = newLog(recovered);
  expect(log).toMatchObject({ firstIndex: 10, lastIndex: 9, commitIndex: 9 });
  expect(log.handOut(1).install?.lastIncludedIndex).toBe(9);
});

test('a log that contradicts its snapshot is replaced at the start, whole', () => {
  const recovered: RecoveredState = {
    ...EMPTY,
    hardState: { term: 2, votedFor: null, commitIndex: 1 },
    snapshot: snapshotAt(2, 2),
    lastIndex: 5,
    terms: [{ firstIndex: 1, term: 1 }],
    tail: [run(1, 1, 'abcde')],
  };
  expect(newLog(recovered)).toMatchObject({ firstIndex: 3, lastIndex: 2, commitIndex: 2 });
});

test('a log that starts behind its snapshot has a hole, and stops the server', () => {
  const recovered: RecoveredState = {
    ...EMPTY,
    hardState: { term: 2, votedFor: null, commitIndex: 3 },
    snapshot: snapshotAt(2, 1),
    firstIndex: 5,
    lastIndex: 5,
    terms: [{ firstIndex: 5, term: 1 }],
    tail: [run(5, 1, 'e')],
  };
  expect(() => newLog(recovered)).toThrow('no entry is missing between snapshot and log');
});

test('a commit hint beyond the log counts only as far as the log goes', () => {
  const recovered: RecoveredState = {
    ...EMPTY,
    hardState: { term: 2, votedFor: null, commitIndex: 9 },
    lastIndex: 3,
    terms: [{ firstIndex: 1, term: 1 }],
    tail: [],
  };
  expect(newLog(recovered)).toMatchObject({ commitIndex: 3, lastIndex: 3, lastTerm: 1 });
});

test('the log is trimmed only where a snapshot covers it and the machine has applied it', () => {
  const log = newLog();
  log.append(run(1, 1, 'abcdef'));
  log.handOut(1);
  log.persisted(1);
  log.commitThrough(6);
  log.trimThrough(6);
  expect(log.firstIndex).toBe(1);
  log.snapshot = snapshotAt(5, 1);
  log.appliedIndex = 3;
  log.trimThrough(6);
  expect(log.firstIndex).toBe(4);
  log.appliedIndex = 6;
  log.trimThrough(6);
  expect(log.firstIndex).toBe(6);
  expect(log.handOut(2)).toMatchObject({ trimThrough: 5, append: [] });
});
