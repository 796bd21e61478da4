import { NODE, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs of reads and of answers to clients. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    id: 'M46',
    title: 'a read is confirmed by a round that was under way (etcd 20418)',
    patches: [
      {
        file: `${RAFT}/read-index.ts`,
        find: '  reads.round += 1;\n',
        replace: '  if (reads.waiting.length === 1) reads.round += 1;\n',
      },
    ],
  },
  {
    id: 'M47',
    title: 'reads before the first commit of the term (RedisRaft 22, TiKV 6340)',
    patches: [
      {
        file: `${RAFT}/read-index.ts`,
        find: '  const index = hasCommittedInTerm(state) ? state.log.commitIndex : -1;',
        replace: '  const index = state.log.commitIndex;',
      },
      {
        file: `${RAFT}/read-index.ts`,
        find: '  if (reads.waiting.length === 0 || !hasCommittedInTerm(state)) return;',
        replace: '  if (reads.waiting.length === 0) return;',
      },
    ],
  },
  {
    id: 'M48',
    title: 'an unknown outcome is answered as "not done" (RedisRaft 23)',
    isCheap: true,
    patches: [
      {
        file: `${NODE}/proposals.ts`,
        find: "  return (index, term) => ({ kind: 'unknown', index, term, cause });",
        replace:
          '  return (index, term) =>\n' +
          "    index + term < 0 ? { kind: 'unknown', index, term, cause }\n" +
          "      : { kind: 'refused', reason: 'not-leader', leaderId: null };",
      },
    ],
  },
];
