import type { CommandUsage } from '../args/usage-text.ts';
import { DIAL_FLAGS } from '../dial/node-dial.ts';

/** `raftdeck snapshot`. */
export const SNAPSHOT_USAGE: CommandUsage = {
  synopsis: 'snapshot [-a HOST:PORT] FILE',
  about:
    'Saves the state of a running node in a file: asks it for a snapshot, reads that, and checks every\n' +
    'byte before the file gets its name. FILE must not exist. raftdeck restore makes a cluster of it.',
  flags: [
    {
      name: 'a',
      aliases: ['addr'],
      value: 'HOST:PORT',
      summary: 'the node to ask (default 127.0.0.1:7481)',
    },
    ...DIAL_FLAGS,
  ],
  notes: ['Exit codes: 0 saved; 1 refused or failed, and no file was made; 2 bad usage.'],
};
