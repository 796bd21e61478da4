import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck verify`. */
export const VERIFY_USAGE: CommandUsage = {
  synopsis: 'verify [--json] DIR...',
  about:
    'Checks the directories of nodes that are not running, and changes nothing in them: the checksum\n' +
    'and the chain of every record, both meta pages, node.json, and every block and the SHA-256 of every\n' +
    'snapshot. Prints what is wrong, and how much was checked.',
  flags: [{ name: 'json', value: null, summary: 'print one JSON document' }],
  notes: [
    'Exit codes: 0 all is whole; 1 something is damaged, missing or cannot be read; 2 bad usage.',
  ],
};
