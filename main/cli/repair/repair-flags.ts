import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck repair`. */
export const REPAIR_USAGE: CommandUsage = {
  synopsis: 'repair [--accept-loss] DIR',
  about:
    'Brings back a node that is not running, is the only voter of its cluster, and has lost entries\n' +
    'it had promised to keep. Without --accept-loss it only says what is lost. A node with peers needs\n' +
    'none of this: start it, and its leader sends the entries again.',
  flags: [
    {
      name: 'accept-loss',
      value: null,
      summary: 'go on with what is left; the directory as it was is kept beside it',
    },
  ],
  notes: ['Exit codes: 0 the node can be started; 1 it cannot, or refused; 2 bad usage.'],
};
