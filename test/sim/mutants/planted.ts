import { RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs made up to show how one is found: docs/debugging.md follows the first from seed to cause. */
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
];
