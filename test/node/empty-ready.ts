import type { Ready } from '../../node-engine/raft/ready.ts';

/** A Ready that wants nothing but to be persisted. */
export const EMPTY_READY: Ready = {
  sequence: 0,
  mustPersist: true,
  hardState: null,
  install: null,
  truncateFrom: null,
  append: [],
  trimThrough: null,
  messages: [],
  messagesAfterAppend: [],
  commitIndex: 0,
  reads: [],
  failedReads: [],
  fetches: [],
  snapshotReads: [],
  snapshotWrites: [],
};
