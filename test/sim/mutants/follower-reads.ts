import { NODE, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs that reads on followers could have; made up, as nobody has told of theirs. */
export const FOLLOWER_READ_MUTANTS: readonly Mutant[] = [
  {
    id: 'F1',
    title: 'a follower answers as soon as it knows the read index, without having applied it',
    patches: [
      {
        file: `${NODE}/reads.ts`,
        find: '      if (batch.readIndex > appliedIndex) return;\n',
        replace: '',
      },
    ],
  },
  {
    id: 'F2',
    title: 'a leader gives followers its commit index without a round of heartbeats',
    patches: [
      {
        file: `${RAFT}/read-index.ts`,
        find: '    if (read.round === 0 || read.round > confirmed) break;\n',
        replace:
          '    if (read.from === null && (read.round === 0 || read.round > confirmed)) break;\n',
      },
    ],
  },
  {
    id: 'F3',
    title: 'the age of a state counts from the answer of the leader instead of the question',
    patches: [
      {
        file: `${NODE}/reads.ts`,
        find: '      this.#age.proved(batch.askedAt);\n',
        replace: '      this.#age.proved(this.#age.asking());\n',
      },
    ],
  },
  {
    id: 'F4',
    title: 'a young state is taken to stay young',
    patches: [
      {
        file: `${NODE}/reads.ts`,
        find: '    const isYoung = ageMs !== null && ageMs < maxAgeMs;\n',
        replace: '    const isYoung = ageMs !== null && maxAgeMs > 0;\n',
      },
    ],
  },
];
