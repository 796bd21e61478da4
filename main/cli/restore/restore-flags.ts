import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck restore`. */
export const RESTORE_USAGE: CommandUsage = {
  synopsis: 'restore [flags] FILE DIR',
  about:
    'Makes the directory of a new cluster of one that holds the state of a snapshot: a file of\n' +
    "raftdeck snapshot or of a node's snapshots folder, or a state.bin of Uhaha (SNAP0001, of its kvdb\n" +
    'example). The cluster is a new one, with an id of its own; DIR must not exist. The whole file is\n' +
    'checked first: all of it is restored, or nothing. Then start the node, and let others join it.',
  flags: [
    { name: 'n', aliases: ['id'], value: 'ID', summary: 'node id (default 1)' },
    {
      name: 'a',
      aliases: ['addr'],
      value: 'HOST:PORT',
      summary: 'address the node will listen on (default 127.0.0.1:7481)',
    },
    {
      name: 'machine',
      value: 'NAME|FILE',
      summary: "the machine (default: the one the snapshot names; kv for a file of Uhaha's)",
    },
    { name: 'dry-run', value: null, summary: 'check the file and say what is in it; make nothing' },
  ],
  notes: ['Exit codes: 0 restored; 1 refused, and nothing was made; 2 bad usage.'],
};
