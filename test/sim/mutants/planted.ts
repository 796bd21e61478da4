import { RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const INVARIANTS = 'node-engine/sim/invariants';

/**
 * Bugs made up to show how one is found: docs/debugging.md follows the first from seed to cause. In the
 * others the invariant that finds a known bug soonest is blinded, to show that the one behind it sees.
 */
export const PLANTED: readonly Mutant[] = [
  {
    id: 'P1',
    title: 'a refusal that names the very index asked for is taken for an acknowledgement',
    patches: [
      {
        file: `${RAFT}/replication.ts`,
        find: '  if (message.success) accepted(state, progress, message.matchIndex);\n  else refused(state, progress, message);',
        replace:
          '  if (message.success || message.hintIndex === message.matchIndex) {\n    accepted(state, progress, message.matchIndex);\n  } else refused(state, progress, message);',
      },
    ],
  },
  {
    id: 'P2',
    title: 'M42 again, with nobody who watches the moment of the change (S20 must)',
    patches: [
      {
        file: `${RAFT}/membership.ts`,
        find: "  if (!hasCommittedInTerm(state)) return 'term-not-committed';\n",
        replace: '',
      },
      {
        file: `${INVARIANTS}/membership.ts`,
        find: "ghost.check('S19', core.termAt(commitIndex) === core.term(), ",
        replace: "ghost.check('S19', true, ",
      },
    ],
  },
  {
    id: 'P3',
    title: 'M46 again, with nobody who watches how a read is confirmed (the history must tell)',
    patches: [
      {
        file: `${RAFT}/read-index.ts`,
        find: '  reads.round += 1;\n',
        replace: '  if (reads.waiting.length === 1) reads.round += 1;\n',
      },
      {
        file: `${INVARIANTS}/reads.ts`,
        find: "ghost.check('S22', isConfirmed, ",
        replace: "ghost.check('S22', true, ",
      },
      {
        file: `${INVARIANTS}/reads.ts`,
        find: "ghost.check('S21', at.index >= read.floor, ",
        replace: "ghost.check('S21', true, ",
      },
    ],
  },
];
