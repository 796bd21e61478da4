import { LOG, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs of log replication. */
export const REPLICATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'M19',
    title: 'prevLogTerm is not checked',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  if (prevTerm !== prevLogTerm && !(startsBelowCommit && prevTerm === null)) {',
        replace: '  if (prevTerm === null && !startsBelowCommit && prevLogTerm >= 0) {',
      },
    ],
  },
  {
    id: 'M20',
    title: 'every append cuts off what follows it',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  if (agreedThrough >= last) return null;',
        replace:
          '  if (agreedThrough >= last) {\n' +
          '    if (last < log.lastIndex && last >= log.commitIndex) log.truncateFrom(last + 1);\n' +
          '    return null;\n  }',
      },
    ],
  },
  {
    id: 'M21',
    title: 'committed entries are cut off and written again',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '    if (conflict !== null) agreedThrough = conflict - 1;',
        replace: '    agreedThrough = (conflict ?? knownFrom) - 1;',
      },
      {
        file: `${RAFT}/append.ts`,
        find: "  if (agreedThrough < log.commitIndex) return 'contradicts a committed entry';\n",
        replace: '',
      },
      {
        file: `${RAFT}/log.ts`,
        find: "    assert(index > this.commitIndex, 'a committed entry is never removed');\n",
        replace: '',
      },
    ],
  },
  {
    id: 'M22',
    title: 'a follower commits up to leaderCommit whatever was compared',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  const commitIndex = Math.min(message.leaderCommit, through);',
        replace:
          '  const commitIndex = Math.min(message.leaderCommit, Math.max(through, log.lastIndex));',
      },
    ],
  },
  {
    id: 'M23',
    title: 'a follower commits before it has compared the logs',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  const prevTerm = log.termAt(prevLogIndex);',
        replace:
          '  const early = Math.min(message.leaderCommit, log.lastIndex);\n' +
          '  if (early > log.commitIndex) commitThrough(state, early);\n' +
          '  const prevTerm = log.termAt(prevLogIndex);',
      },
    ],
  },
  {
    id: 'M24',
    title: 'a follower acknowledges its own last index',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  acknowledge(state, message, verified);',
        replace: '  acknowledge(state, message, Math.max(verified, log.lastIndex));',
      },
    ],
  },
  {
    id: 'M25',
    title: 'answers of an earlier term move matchIndex',
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: "    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    case 'ReadIndexRequest':\n      onReadIndexRequest(state, message);\n      return;\n    default:",
        replace:
          "    case 'AppendEntriesResponse':\n" +
          "      if (state.role === 'leader') onAppendEntriesResponse(state, message);\n      return;\n" +
          "    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    default:",
      },
    ],
  },
  {
    id: 'M26',
    title: 'entries of a leader of an earlier term are accepted',
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: '      refuseOldLeader(state, message.from);',
        replace:
          "      if (message.type === 'InstallSnapshotRequest' || state.role === 'leader') {\n" +
          '        refuseOldLeader(state, message.from);\n' +
          '      } else onAppendEntries(state, message);',
      },
    ],
  },
  {
    id: 'M27',
    title: 'nextIndex falls below matchIndex (etcd-io/raft 149)',
    patches: [
      {
        file: `${RAFT}/progress.ts`,
        find: '    if (index <= this.matchIndex) return false;\n',
        replace: '    if (index === this.matchIndex) return false;\n',
      },
      {
        file: `${RAFT}/progress.ts`,
        find: '    this.nextIndex = Math.max(nextIndex, this.matchIndex + 1);',
        replace: '    this.nextIndex = Math.max(nextIndex, 1);',
      },
    ],
  },
  {
    id: 'M28',
    title: 'entries of earlier terms are committed by counting (figure 8)',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/commit.ts`,
        find: '  if (index <= log.commitIndex || log.termAt(index) !== state.term) return false;',
        replace: '  if (index <= log.commitIndex) return false;',
      },
    ],
  },
  {
    id: 'M29',
    title: 'the store reports a write before it is synced',
    patches: [
      {
        file: `${LOG}/store-step.ts`,
        find: '      return [{ ...records(operations, true), meta: this.#page(values, true).meta }];\n    }\n    return [records(operations, true), this.#page([], true)];',
        replace:
          '      return [{ ...records(operations, false), meta: this.#page(values, false).meta }];\n    }\n' +
          '    return [records(operations, false), this.#page([], false)];',
      },
    ],
  },
  {
    id: 'M30',
    title: 'the leader counts its own entries before they are durable',
    patches: [
      {
        file: `${RAFT}/commit.ts`,
        find: 'member.id === state.id ? log.stableIndex : match',
        replace: 'member.id === state.id ? log.lastIndex : match',
      },
    ],
  },
  {
    id: 'M31',
    title: 'a suffix is deleted record by record from its front (braft 119)',
    patches: [
      {
        file: `${LOG}/store-step.ts`,
        find: '    const stages = isUrgent ? [this.#page([], true), this.#page([], true)] : [];',
        replace:
          '    const cut = write.truncateFrom === null ? [] : operations.splice(0).reverse();\n' +
          '    const stages = cut.map((one) => records([one], true));\n' +
          '    if (isUrgent) stages.push(this.#page([], true), this.#page([], true));',
      },
    ],
  },
  {
    id: 'M32',
    title: 'a suffix is cut one entry too late (qdrant 2508)',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '    if (conflict !== null) agreedThrough = conflict - 1;',
        replace: '    if (conflict !== null) agreedThrough = conflict;',
      },
    ],
  },
  {
    id: 'M33',
    title: 'an append that ends after a truncation counts for the new entries',
    patches: [
      {
        file: `${RAFT}/log.ts`,
        find: '    for (const write of this.#writes) write.stableIndex = Math.min(write.stableIndex, index);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'M34',
    title: 'an entry that was trimmed is taken for a conflict (openraft 511)',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  if (prevTerm !== prevLogTerm && !(startsBelowCommit && prevTerm === null)) {',
        replace:
          '  if (prevTerm !== prevLogTerm && prevTerm === null && log.firstIndex <= log.lastIndex) {\n' +
          "    state.trace?.({ type: 'truncated', fromIndex: log.firstIndex });\n" +
          '    log.truncateFrom(log.firstIndex);\n  }\n' +
          '  if (prevTerm !== prevLogTerm && !(startsBelowCommit && prevTerm === null)) {',
      },
    ],
  },
  {
    id: 'M35',
    title: 'entries before the log are appended again (RedisLabs/raft 49)',
    patches: [
      {
        file: `${RAFT}/append.ts`,
        find: '  let agreedThrough = Math.max(run.firstIndex - 1, knownThrough, log.firstIndex - 1);',
        replace:
          '  let agreedThrough = run.firstIndex - 1;\n' +
          '  if (knownFrom <= knownThrough) agreedThrough = Math.max(agreedThrough, knownThrough);',
      },
      {
        file: `${RAFT}/append.ts`,
        find: "  if (agreedThrough < log.commitIndex) return 'contradicts a committed entry';\n",
        replace: '',
      },
    ],
  },
  {
    id: 'M36',
    title: 'a failed read on the leader leaves a gap in what is sent (openraft 1795)',
    patches: [
      {
        file: `${RAFT}/replication.ts`,
        find: '  const last = runs[runs.length - 1];\n  if (last === undefined) {\n    // Tried again',
        replace:
          '  const last = runs[runs.length - 1];\n  if (last === undefined) {\n' +
          '    const rest = state.log.slice(state.log.cachedFromIndex, state.config.appendBytesMax);\n' +
          '    if (rest !== null) {\n' +
          '      sendAppend(state, progress, answer.fromIndex - 1, rest.runs);\n' +
          '      progress.sent(rest.lastIndex, rest.bytes, state.nowMs);\n' +
          '      return;\n    }\n    // Tried again',
      },
    ],
  },
  {
    id: 'M37',
    title: 'a leader ignores a higher term in an answer',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: "  if (type === 'PreVoteRequest') return true;",
        replace:
          "  if (type === 'PreVoteRequest') return true;\n" +
          "  if (type === 'AppendEntriesResponse' && state.role === 'leader') return false;",
      },
    ],
  },
];
