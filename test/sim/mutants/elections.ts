import { LOG, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs of elections. */
export const ELECTION_MUTANTS: readonly Mutant[] = [
  {
    id: 'M1',
    title: 'the vote is not persisted',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/raft.ts`,
        find: 'return { term, votedFor, commitIndex: log.applicableIndex };',
        replace:
          'return { term, votedFor: votedFor === null ? null : null, commitIndex: log.applicableIndex };',
      },
    ],
  },
  {
    id: 'M2',
    title: 'a term learnt from others is not persisted',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/state.ts`,
        find: '  state.hardStateDirty = true;',
        replace:
          '  if (votedFor !== null) state.hardStateDirty = true;\n  else state.durableTerm = term;',
      },
    ],
  },
  {
    id: 'M3',
    title: 'term and vote are persisted one after the other',
    patches: [
      {
        file: `${LOG}/store-step.ts`,
        find: 'this.#meta = { ...this.#meta, term, votedFor, commitIndex };',
        replace:
          '(this as any).lateVote = votedFor;\n    this.#meta = { ...this.#meta, term, commitIndex };',
      },
      {
        file: `${LOG}/store-step.ts`,
        find: 'const stages = isUrgent ? [this.#page([], true), this.#page([], true)] : [];',
        replace:
          'const stages = isUrgent ? [this.#page([], true)] : [];\n' +
          '    if (isUrgent && write.hardState !== null) {\n' +
          '      this.#meta = { ...this.#meta, votedFor: (this as any).lateVote };\n' +
          '    }\n' +
          '    if (isUrgent) stages.push(this.#page([], true));',
      },
    ],
  },
  {
    id: 'M4',
    title: 'a server votes twice in a term',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: "  if (state.votedFor !== null && state.votedFor !== message.from) return 'voted for another';\n",
        replace: '',
      },
      {
        file: `${RAFT}/election.ts`,
        find: '    if (state.votedFor === null) setTermAndVote(state, state.term, message.from);',
        replace: '    setTermAndVote(state, state.term, message.from);',
      },
    ],
  },
  {
    id: 'M5',
    title: 'the vote is forgotten when the leader of the term is heard',
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: '  state.leaderContactMs = state.nowMs;',
        replace:
          '  state.leaderContactMs = state.nowMs;\n' +
          '  if (state.votedFor !== null) setTermAndVote(state, state.term, null);',
      },
      {
        file: `${RAFT}/step.ts`,
        find: 'import { ignore, isVoter } from',
        replace: 'import { ignore, isVoter, setTermAndVote } from',
      },
    ],
  },
  {
    id: 'M6',
    title: 'a vote is given whatever the log of the candidate',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: "  if (state.leaderId !== null) return 'term has a leader';\n  return isUpToDate(state, message) ? null : 'log is behind';",
        replace: "  if (state.leaderId !== null) return 'term has a leader';\n  return null;",
      },
    ],
  },
  {
    id: 'M7',
    title: 'logs are compared by index only',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  if (candidate.lastLogTerm !== lastTerm) return candidate.lastLogTerm > lastTerm;\n',
        replace: '  if (candidate.lastLogTerm < 0 && lastTerm < 0) return false;\n',
      },
    ],
  },
  {
    id: 'M8',
    title: 'logs are compared by term only',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  return candidate.lastLogIndex >= lastIndex;',
        replace: '  return candidate.lastLogIndex >= 0 || lastIndex === 0;',
      },
    ],
  },
  {
    id: 'M9',
    title: 'a vote that arrives twice counts twice',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  if (!voters.includes(answer.from) || state.votes.has(answer.from)) return;\n  state.votes.set(answer.from, answer.granted);',
        replace:
          '  if (!voters.includes(answer.from)) return;\n' +
          '  const silent = voters.find((id) => !state.votes.has(id));\n' +
          '  const counted = state.votes.has(answer.from) ? (silent ?? answer.from) : answer.from;\n' +
          '  state.votes.set(counted, answer.granted);',
      },
    ],
  },
  {
    id: 'M10',
    title: 'votes of an earlier term are counted',
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: "    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    case 'ReadIndexRequest':\n      onReadIndexRequest(state, message);\n      return;\n    default:",
        replace:
          "    case 'RequestVoteResponse':\n      onRequestVoteResponse(state, message);\n      return;\n" +
          "    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    default:",
      },
    ],
  },
  {
    id: 'M11',
    title: 'votes of non-voters are counted',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  if (!voters.includes(answer.from) || state.votes.has(answer.from)) return;',
        replace: '  if (state.votes.has(answer.from)) return;',
      },
      {
        file: `${RAFT}/election.ts`,
        find: "  const { term } = state;\n  for (const to of voterIds(state)) {\n    if (to === state.id) continue;\n    state.trace?.({ type: 'vote-requested', term, preVote: false",
        replace:
          '  const { term } = state;\n' +
          '  const everyone = state.log.memberships.current.membership.members.map(({ id }) => id);\n' +
          '  for (const to of everyone) {\n    if (to === state.id) continue;\n' +
          "    state.trace?.({ type: 'vote-requested', term, preVote: false",
      },
      {
        file: `${RAFT}/quorum.ts`,
        find: '  for (const voter of voters) {\n    const answer = answers.get(voter);',
        replace: '  for (const answer of answers.values()) {',
      },
    ],
  },
  {
    id: 'M12',
    title: 'answers to a pre-vote are counted as votes',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: "  if (state.role !== 'pre-candidate' || message.requestTerm !== state.term + 1) return;",
        replace:
          "  if (state.role === 'candidate' && message.requestTerm === state.term) {\n" +
          '    countVote(state, { from: message.from, granted: message.granted, preVote: false });\n' +
          '    return;\n  }\n' +
          "  if (state.role !== 'pre-candidate' || message.requestTerm !== state.term + 1) return;",
      },
    ],
  },
  {
    id: 'M13',
    title: 'a pre-vote raises the term of the server asked',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  const refusal = preVoteRefusal(state, message);',
        replace:
          '  const refusal = preVoteRefusal(state, message);\n' +
          '  if (refusal === null) setTermAndVote(state, message.term, message.from);',
      },
    ],
  },
  {
    id: 'M14',
    title: 'a refused pre-vote hides the higher term (etcd 8243, openraft 1796)',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '    term: state.term,\n    requestTerm: message.term,',
        replace:
          '    term: Math.min(state.term, message.term - 1),\n    requestTerm: message.term,',
      },
    ],
  },
  {
    id: 'M15',
    title: 'the pre-vote of the last leader is always refused (hashicorp/raft 605)',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: "  if (hearsLeader(state, message.from)) return 'hears a leader';",
        replace:
          "  if (hearsLeader(state, message.from)) return 'hears a leader';\n" +
          "  if ((state as any).lastLeaderId === message.from) return 'hears a leader';",
      },
      {
        file: `${RAFT}/step.ts`,
        find: '  state.leaderContactMs = state.nowMs;',
        replace: '  state.leaderContactMs = state.nowMs;\n  (state as any).lastLeaderId = from;',
      },
    ],
  },
  {
    id: 'M16',
    title: 'election timeouts are not random',
    patches: [
      {
        file: `${RAFT}/state.ts`,
        find: 'Math.floor(state.random() * spread)',
        replace: 'Math.floor(0.5 * spread)',
      },
    ],
  },
  {
    id: 'M17',
    title: 'the own vote counts before it is durable',
    patches: [
      {
        file: `${RAFT}/election.ts`,
        find: '  becomeCandidate(state, reason);\n  const { term } = state;',
        replace:
          '  becomeCandidate(state, reason);\n' +
          '  countVote(state, { from: state.id, granted: true, preVote: false });\n' +
          '  const { term } = state;',
      },
      {
        file: `${RAFT}/roles.ts`,
        find: "  assert(state.durableTerm === state.term, 'a term is won only after it is durable');\n",
        replace: '',
      },
    ],
  },
  {
    id: 'M18',
    title: 'a quorum is half of the voters',
    isCheap: true,
    patches: [
      {
        file: `${RAFT}/quorum.ts`,
        find: '  return Math.floor(voterCount / 2) + 1;',
        replace: '  return Math.max(1, Math.floor(voterCount / 2));',
      },
    ],
  },
];
