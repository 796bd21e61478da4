import type { CommandUsage } from '../args/usage-text.ts';
import { DIAL_FLAGS } from '../dial/node-dial.ts';

/** `raftdeck restore`. */
export const RESTORE_USAGE: CommandUsage = {
  synopsis: 'restore [flags] FILE DIR | --into HOST:PORT FILE',
  about:
    'Makes the directory of a new cluster of one that holds the state of a snapshot: a file of\n' +
    "raftdeck snapshot or of a node's snapshots folder, or a state.bin of Uhaha (SNAP0001, of its kvdb\n" +
    'example). The cluster is a new one, with an id of its own; DIR must not exist. The whole file is\n' +
    'checked first: all of it is restored, or nothing. Then start the node, and let others join it.\n' +
    '\n' +
    'With --into, the state of a running cluster is replaced instead: the file goes to its leader, which\n' +
    'checks it, keeps the present state as a snapshot, and puts the new one in force on every node at\n' +
    'once, like a write. Clients see the old state or the new one, never a mix.',
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
    {
      name: 'into',
      value: 'HOST:PORT',
      summary: 'a member of the running cluster whose state is to be replaced',
    },
    { name: 'dry-run', value: null, summary: 'check the file and say what is in it; make nothing' },
    ...DIAL_FLAGS,
  ],
  notes: [
    '--user, --auth-file and --tls-ca are for --into.',
    'Exit codes: 0 restored; 1 refused, and nothing was made or changed, unless the message says that\n' +
      'this is not known; 2 bad usage.',
  ],
};
