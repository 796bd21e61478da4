import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck inspect`. */
export const INSPECT_USAGE: CommandUsage = {
  synopsis: 'inspect [--json] DIR',
  about:
    'Reads the directory of a node that is not running, and changes nothing in it: term and vote, the\n' +
    'log, members, snapshots, and every checksum. A running node is asked with RAFT STATUS.',
  flags: [{ name: 'json', value: null, summary: 'print everything as one JSON document' }],
  notes: ['Exit codes: 0 all is whole; 1 something is damaged or cannot be read; 2 bad usage.'],
};
