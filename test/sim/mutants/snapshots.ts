import { NODE, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs of snapshots and membership. */
export const SNAPSHOT_MUTANTS: readonly Mutant[] = [
  {
    id: 'M38',
    title: 'entries that contradict a snapshot are kept (hashicorp/raft 697)',
    patches: [
      {
        file: `${RAFT}/snapshot-receive.ts`,
        find: '  if (!log.holds(lastIncludedIndex, lastIncludedTerm)) return false;',
        replace: '  if (log.lastIndex < lastIncludedIndex || lastIncludedTerm < 0) return false;',
      },
    ],
  },
  {
    id: 'M39',
    title: 'a late snapshot moves a server back',
    patches: [
      {
        file: `${RAFT}/snapshot-receive.ts`,
        find: '  if (lastIncludedIndex <= log.commitIndex) return true;\n',
        replace: '  if (lastIncludedIndex <= log.commitIndex) return false;\n',
      },
      {
        file: `${RAFT}/log.ts`,
        find: "    assert(snapshot.lastIncludedIndex > this.commitIndex, 'a snapshot never moves the log back');\n",
        replace: '',
      },
    ],
  },
  {
    id: 'M40',
    title: 'a snapshot leaves an uncommitted membership in force (scylla 9551, openraft 1808)',
    patches: [
      {
        file: `${RAFT}/log.ts`,
        find: '    this.memberships.reset(membershipOf(snapshot));\n',
        replace:
          '    if (this.memberships.current.index < snapshot.membershipIndex) {\n' +
          '      this.memberships.reset(membershipOf(snapshot));\n    }\n',
      },
    ],
  },
  {
    id: 'M41',
    title: 'the log is trimmed before the snapshot is durable (RedisRaft 43)',
    patches: [
      {
        file: `${NODE}/snapshotter.ts`,
        find: '    const header = encodeSnapshotHeader(',
        replace:
          '    this.#ports.core.snapshotTaken({\n' +
          "      id: 'early',\n      lastIncludedIndex: index,\n      lastIncludedTerm: term,\n" +
          '      membership: membership.membership,\n      membershipIndex: membership.index,\n' +
          '      sizeBytes: 0,\n    });\n' +
          '    this.#ports.core.compact(index - this.#ports.policy.trailingEntries);\n' +
          '    const header = encodeSnapshotHeader(',
      },
    ],
  },
  {
    id: 'M42',
    title: 'membership changes before an entry of the term is committed (Ongaro 2015)',
    patches: [
      {
        file: `${RAFT}/membership.ts`,
        find: "  if (!hasCommittedInTerm(state)) return 'term-not-committed';\n",
        replace: '',
      },
    ],
  },
  {
    id: 'M43',
    title: 'two membership changes at once',
    patches: [
      {
        file: `${RAFT}/membership.ts`,
        find: "  return isMembershipCommitted(state) ? null : 'change-in-progress';",
        replace: '  return isMembershipCommitted(state) ? null : null;',
      },
    ],
  },
  {
    id: 'M44',
    title: 'a truncated membership stays in force',
    patches: [
      {
        file: `${RAFT}/log.ts`,
        find: '    this.memberships.truncateFrom(index);\n',
        replace: '',
      },
    ],
  },
];
