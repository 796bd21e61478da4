import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck verify`. */
export const VERIFY_USAGE: CommandUsage = {
  synopsis: 'verify [--json] [--machine NAME|FILE] DIR...',
  about:
    'Checks the directories of nodes that are not running, and changes nothing in them: the checksum\n' +
    'and the chain of every record, both meta pages, node.json, and every block and the SHA-256 of every\n' +
    'snapshot. Prints what is wrong, and how much was checked. Nodes of one cluster are compared: every\n' +
    'entry that they have in common, and the state that follows from what each of them keeps.',
  flags: [
    {
      name: 'machine',
      value: 'NAME|FILE',
      summary: 'the machine, to compare states (default: the one that a snapshot names)',
    },
    { name: 'json', value: null, summary: 'print one JSON document' },
  ],
  notes: [
    'Exit codes: 0 all is whole, and nodes agree; 1 something is damaged, missing, cannot be read, or\n' +
      'differs between nodes; 2 bad usage.',
  ],
};
