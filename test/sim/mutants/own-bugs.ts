import { LOG, NODE, RAFT } from './mutant.ts';
import type { Mutant } from './mutant.ts';

/** Bugs that the simulator has found in this project, put back. */
export const OWN_BUGS: readonly Mutant[] = [
  {
    id: 'B1',
    title: 'the pre-vote of a voter whose term is behind is dropped',
    patches: [
      {
        file: `${RAFT}/step.ts`,
        find: "      onPreVoteResponse(state, message);\n      return;\n    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    case 'ReadIndexRequest':\n      onReadIndexRequest(state, message);\n      return;\n    default:",
        replace:
          "      return;\n    case 'RequestVoteRequest':\n      onRequestVoteRequest(state, message);\n      return;\n    case 'ReadIndexRequest':\n      onReadIndexRequest(state, message);\n      return;\n    default:",
      },
    ],
  },
  {
    id: 'B2',
    title: 'a snapshot transfer that has nothing left to bring never ends',
    patches: [
      {
        file: `${RAFT}/follower-contact.ts`,
        find: 'Math.min(transfer.snapshot.lastIncludedIndex, state.log.firstIndex - 1);',
        replace: 'state.log.firstIndex - 1;',
      },
    ],
  },
  {
    id: 'B3',
    title: 'gathered writes cut the store behind its end',
    patches: [
      {
        file: `${NODE}/write-queue.ts`,
        find: '      if (isStored) truncateFrom = Math.min(truncateFrom ?? from, from);',
        replace:
          '      if (isStored || from > 0) truncateFrom = Math.min(truncateFrom ?? from, from);',
      },
    ],
  },
  {
    id: 'B4',
    title: 'a directory with a snapshot and no meta page is taken for new',
    patches: [
      {
        file: `${LOG}/open-store.ts`,
        find: 'found === null && (recordCount > 0 || options.snapshots.length > 0)',
        replace: 'found === null && recordCount > 0',
      },
    ],
  },
  {
    id: 'B5',
    title: 'a damaged log is believed as far as its meta page knows it to be committed',
    patches: [
      {
        file: `${LOG}/open-store.ts`,
        find: '{ ...meta, commitIndex: 0 }',
        replace: 'meta',
      },
    ],
  },
  {
    id: 'B6',
    title: 'a node goes on although a sync that was put off has failed',
    patches: [
      {
        file: `${LOG}/step-store.ts`,
        find: 'if (isFirst) this.#onFailure?.(error);',
        replace: 'if (isFirst && this.#isWriting) this.#onFailure?.(error);',
      },
    ],
  },
];
