import type { FlagSpec } from '../args/flags.ts';
import type { CommandUsage } from '../args/usage-text.ts';
import { SHARED_FLAGS } from '../node/node-flags.ts';

/** Most nodes that one `raftdeck up` starts: a block of ports has room for ten. */
export const NODES_MAX = 9;

const OWN_FLAGS: readonly FlagSpec[] = [
  { name: 'f', aliases: ['file'], value: 'FILE', summary: 'a cluster file; flags win over it' },
  { name: 'nodes', value: 'N', summary: `how many nodes, 1 to ${NODES_MAX} (default 3)` },
  {
    name: 'base-port',
    value: 'PORT',
    summary: 'port of node 1; the next free block when taken (default 7481)',
  },
  {
    name: 'd',
    aliases: ['dir'],
    value: 'DIR',
    summary: "the cluster's directory (default <home>/clusters/<name>)",
  },
  {
    name: 'tls',
    value: null,
    summary: 'speak TLS, with certificates of its own in <dir>/tls, made as by raftdeck tls init',
  },
  { name: 'json', value: null, summary: 'print one line of JSON when the cluster is ready' },
];

/** `raftdeck up`. */
export const UP_USAGE: CommandUsage = {
  synopsis: 'up [-f cluster.yaml] [flags]',
  about:
    'Runs a cluster on this machine in the foreground, each node a process of its own. Started again\n' +
    'in the same directory, it is the same cluster: same ids, same ports, same data. Ctrl-C ends all\n' +
    'nodes cleanly. A node that dies stays dead and is reported; the others go on.',
  flags: [...OWN_FLAGS, ...SHARED_FLAGS],
  notes: [
    'Flags below --json are those of raftdeck node, for all nodes alike.',
    'A cluster file holds the same settings by name; docs/cluster-file.md in the repository lists them.',
  ],
};
