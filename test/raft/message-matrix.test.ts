import { expect, test } from 'vitest';
import { join } from 'node:path';

import { Coverage, MESSAGE_TYPES } from '../../node-engine/sim/marks.ts';
import { MATRIX_ROLES, outcomeOf, RELATIONS } from './message-matrix.ts';
import { NEVER_SENT } from './never-sent.ts';

/*
 * Every role with every message of every term: what comes of it is written down in a file, as are
 * transcripts. `npx vitest -u run test/raft/message-matrix.test.ts` writes it anew: commit that only
 * when you can explain every line that changed.
 */

const PATH = join(import.meta.dirname, 'message-matrix.txt');

const HEAD = [
  '# Role, message, and how its term compares with that of the server: what comes of it.',
  '# Server 1 is in term 5 with entries 1-3, of which 2 are committed; see message-matrix.ts.',
  '# (*) no correct server sends this; never-sent.ts says why.',
];

function rendered(): string {
  const lines = [...HEAD];
  for (const role of MATRIX_ROLES) {
    for (const type of MESSAGE_TYPES) {
      lines.push('');
      for (const relation of RELATIONS) {
        const cell = `${role} ${type} ${relation}`;
        lines.push(`${cell}${NEVER_SENT.has(cell) ? ' (*)' : ''}`);
        for (const line of outcomeOf(role, type, relation)) lines.push(`  ${line}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

test('every role does with every message of every term what is written down', async () => {
  await expect(rendered()).toMatchFileSnapshot(PATH);
});

test('the rows are those that the simulator counts', () => {
  const cells = MATRIX_ROLES.flatMap((role) =>
    MESSAGE_TYPES.flatMap((type) => RELATIONS.map((relation) => `${role} ${type} ${relation}`)),
  );
  expect(cells).toEqual(Object.keys(new Coverage().table()));
  expect([...NEVER_SENT.keys()].filter((cell) => !cells.includes(cell))).toEqual([]);
});
