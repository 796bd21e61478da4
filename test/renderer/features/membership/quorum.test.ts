import { expect, test } from 'vitest';

import {
  type Departure,
  previewAdd,
  previewRebuild,
  previewRemove,
  previewStop,
  quorumOf,
  toleranceOf,
  toleranceText,
  type Voters,
} from '../../../../renderer/features/membership/quorum.ts';

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Every cluster of one to nine voters, with every number of them up. */
const CLUSTERS: readonly Voters[] = SIZES.flatMap((voters) =>
  Array.from({ length: voters + 1 }, (_, up) => ({ voters, up, nonVoters: 0 })),
);

/** The plain meaning of "can be written": the voters that are up are more than half. */
function canWrite({ voters, up }: Voters): boolean {
  return up * 2 > voters;
}

/** A voter that goes and leaves so many up. */
function leaving(upAfter: number): Departure {
  return { voter: true, upAfter, areApart: false };
}

/** How many voters may be lost, by losing them one after the other. */
function countLosses(at: Voters): number {
  if (!canWrite(at)) return -1;
  let losses = 0;
  while (canWrite({ ...at, up: at.up - losses - 1 })) losses += 1;
  return losses;
}

test('a quorum is the smallest number of voters that is more than half', () => {
  for (const voters of SIZES) {
    const quorum = quorumOf(voters);
    expect(quorum * 2).toBeGreaterThan(voters);
    expect((quorum - 1) * 2).toBeLessThanOrEqual(voters);
  }
});

test('two quorums of one to nine voters always share a voter', () => {
  for (const voters of SIZES) expect(2 * quorumOf(voters)).toBeGreaterThan(voters);
});

test('tolerance is what losing voters one by one comes to', () => {
  for (const at of CLUSTERS) {
    const expected = countLosses(at);
    if (expected < 0) expect(toleranceOf(at)).toBeLessThan(0);
    else expect(toleranceOf(at)).toBe(expected);
  }
});

test('the words for tolerance say whether it can be written, and how much may be lost', () => {
  for (const at of CLUSTERS) {
    const losses = countLosses(at);
    const expected =
      losses < 0 ? 'cannot write' : losses === 0 ? 'can lose none' : `can lose ${String(losses)}`;
    expect(toleranceText(at)).toBe(expected);
  }
});

test('adding a peer never changes the quorum before it is promoted', () => {
  for (const before of CLUSTERS) {
    const [now, joining, promoted] = previewAdd(before).stages;
    expect(now?.at).toEqual(before);
    expect(joining?.at).toEqual({ ...before, nonVoters: 1 });
    expect(joining?.note).toBe(now?.note);
    expect(promoted?.at).toEqual({ voters: before.voters + 1, up: before.up + 1, nonVoters: 0 });
  }
});

test('a promoted voter never lowers the tolerance', () => {
  for (const before of CLUSTERS) {
    const promoted = previewAdd(before).stages[2];
    if (promoted === undefined) throw new Error('the preview of an addition has three stages');
    expect(toleranceOf(promoted.at)).toBeGreaterThanOrEqual(toleranceOf(before));
    expect(previewAdd(before).losesQuorum).toBe(!canWrite(promoted.at));
  }
});

test.each([
  [
    1,
    'A second voter adds no tolerance and needs 2 votes instead of 1. Three would let you lose 1.',
  ],
  [2, 'Three voters need 2 votes and can lose 1.'],
  [
    3,
    'A fourth voter adds no tolerance and needs 3 votes instead of 2. Five would let you lose 2.',
  ],
  [4, 'Five voters need 3 votes and can lose 2.'],
  [
    5,
    'A sixth voter adds no tolerance and needs 4 votes instead of 3. Seven would let you lose 3.',
  ],
  [6, 'Seven voters need 4 votes and can lose 3.'],
  [
    7,
    'An eighth voter adds no tolerance and needs 5 votes instead of 4. Nine would let you lose 4.',
  ],
  [8, 'Nine voters need 5 votes and can lose 4.'],
])('adding one to %i voters says what it brings', (voters, text) => {
  expect(previewAdd({ voters, up: voters, nonVoters: 0 }).sentences.join(' ')).toBe(text);
});

test('removing a voter loses the quorum exactly when those left cannot write', () => {
  for (const before of CLUSTERS) {
    for (const up of [true, false]) {
      if (up && before.up === 0) continue;
      if (!up && before.up === before.voters) continue;
      const after = { voters: before.voters - 1, up: before.up - (up ? 1 : 0), nonVoters: 0 };
      const preview = previewRemove(before, leaving(after.up));
      expect(preview.stages.map(({ at }) => at)).toEqual([before, after]);
      expect(preview.losesQuorum).toBe(!canWrite(after));
    }
  }
});

test('removing a non-voter changes nothing about the quorum', () => {
  for (const before of CLUSTERS) {
    const target = { ...leaving(before.up), voter: false };
    const preview = previewRemove({ ...before, nonVoters: 1 }, target);
    expect(preview.stages.map(({ note }) => note)).toEqual([
      toleranceText(before),
      toleranceText(before),
    ]);
    expect(preview.sentences).toEqual(['It has no vote, so the quorum stays as it is.']);
  }
});

test.each([
  [{ voters: 1, up: 1 }, 'A cluster needs at least one voter. Delete the cluster instead.'],
  [{ voters: 2, up: 2 }, 'One voter is left. If it stops, everything stops.'],
  [
    { voters: 3, up: 3 },
    'Both voters are then needed for every write: losing one stops the cluster.',
  ],
  [
    { voters: 3, up: 2 },
    'One of 2 voters would be up and 2 are needed: the removal itself could not be committed.',
  ],
  [{ voters: 4, up: 4 }, 'The cluster can still lose 1.'],
  [{ voters: 5, up: 5 }, 'The cluster can then lose 1 instead of 2.'],
])('removing a running voter from %o says what is left', (at, text) => {
  const preview = previewRemove({ ...at, nonVoters: 0 }, leaving(at.up - 1));
  expect(preview.sentences).toEqual([text]);
});

test('stopping a node asks first exactly when it takes the quorum away', () => {
  for (const before of CLUSTERS) {
    if (before.up === 0) continue;
    const after = { ...before, up: before.up - 1 };
    const preview = previewStop(before, leaving(after.up));
    expect(preview.losesQuorum).toBe(canWrite(before) && !canWrite(after));
  }
});

test('stopping what has no vote, or is down already, never takes the quorum away', () => {
  for (const before of CLUSTERS) {
    expect(previewStop(before, { ...leaving(0), voter: false }).losesQuorum).toBe(false);
    expect(previewStop(before, leaving(before.up)).losesQuorum).toBe(false);
  }
});

test('a rebuild never lowers what the cluster can lose, and counts the new voter before the old one goes', () => {
  for (let voters = 2; voters <= 9; voters += 1) {
    for (let up = Math.floor(voters / 2) + 1; up < voters; up += 1) {
      const before = { voters, up, nonVoters: 0 };
      const target = { voter: true, upAfter: up, areApart: false };
      const { stages, losesQuorum } = previewRebuild(before, target);
      const tolerances = stages.map(({ at }) => toleranceOf(at));
      expect(stages.map(({ at }) => at.voters)).toEqual([voters, voters + 1, voters]);
      expect(Math.min(...tolerances)).toBe(tolerances[0]);
      expect(tolerances[2]).toBe((tolerances[0] ?? 0) + 1);
      expect(losesQuorum).toBe(false);
    }
  }
  const damaged = previewRebuild(
    { voters: 3, up: 2, nonVoters: 0 },
    { voter: true, upAfter: 2, areApart: false },
  );
  expect(damaged.sentences).toEqual([
    'Until the old node is removed the cluster can lose none.',
    'Afterwards it can lose 1.',
  ]);
});
