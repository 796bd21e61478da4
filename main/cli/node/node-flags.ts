import { OPTION_RANGES } from '../../../node-engine/node/option-rules.ts';
import type { FlagSpec } from '../args/flags.ts';
import type { CommandUsage } from '../args/usage-text.ts';

const { electionTimeoutMs, heartbeatMs } = OPTION_RANGES;

/** What makes one node differ from the others of its cluster. */
const OWN_FLAGS: readonly FlagSpec[] = [
  { name: 'n', aliases: ['id'], value: 'ID', summary: 'node id, constant for life (default 1)' },
  {
    name: 'a',
    aliases: ['addr'],
    value: 'HOST:PORT',
    summary: 'address to listen on (default 127.0.0.1:7481)',
  },
  { name: 'p', value: 'PORT', summary: 'the same as -a 127.0.0.1:PORT' },
  { name: 'd', aliases: ['dir'], value: 'DIR', summary: "the node's directory (default data)" },
  {
    name: 'j',
    aliases: ['join'],
    value: 'HOST:PORT',
    summary: 'a member to ask for admission; ignored when the directory holds data',
  },
  { name: 'wait', value: null, summary: 'start without a cluster and wait for RAFTADDPEER' },
  { name: 'nonvoter', value: null, summary: 'with -j: join without a vote, for good' },
  {
    name: 'advertise',
    value: 'HOST:PORT',
    summary: 'the address that peers and clients are told (default: the one bound)',
  },
  {
    name: 'dial',
    value: 'ID=HOST:PORT',
    repeated: true,
    summary: 'where this node dials a peer instead; may be repeated',
  },
  {
    name: 'time-server',
    value: 'HOST:PORT',
    summary: 'correct the wall clock by this SNTP server; the node starts without its answer too',
  },
  {
    name: 'tls-cert',
    value: 'FILE',
    summary: 'speak TLS with this certificate (PEM); see raftdeck tls init',
  },
  { name: 'tls-key', value: 'FILE', summary: 'its key (PEM, 0600)' },
  {
    name: 'tls-ca',
    value: 'FILE',
    summary: "the cluster's authority (PEM; default: those that the system knows)",
  },
];

/** What the nodes of a cluster usually share. */
export const SHARED_FLAGS: readonly FlagSpec[] = [
  {
    name: 'machine',
    value: 'NAME|FILE',
    summary: 'kv, ticket, timeseries, or a .js, .mjs or .ts module (default kv)',
  },
  {
    name: 'backend',
    value: 'NAME',
    summary: 'the log: leveldb, fastlog, lmdb or memory (default leveldb)',
  },
  {
    name: 'durability',
    value: 'LEVEL',
    summary: 'sync of the log: low never, medium within 1 s, high before the reply (default high)',
  },
  {
    name: 'consistency',
    value: 'LEVEL',
    summary: 'reads: low any node, medium the leader, high linearizable (default high)',
  },
  {
    name: 'redirect',
    value: 'HOW',
    summary: 'a node that does not lead answers moved or try, or forwards (default moved)',
  },
  {
    name: 'dialect',
    value: 'NAME',
    summary: 'texts and defaults of redis, finn or uhaha (default redis)',
  },
  {
    name: 'election-timeout',
    value: 'MS',
    summary: `shortest; the longest is twice that (${electionTimeoutMs.min} to ${electionTimeoutMs.max}, default 400)`,
  },
  {
    name: 'heartbeat',
    value: 'MS',
    summary: `${heartbeatMs.min} to ${heartbeatMs.max}, default a fifth of the election timeout`,
  },
  {
    name: 'snapshot-entries',
    value: 'N',
    summary: 'snapshot after N applied entries; 0 = only when asked (default 1000000)',
  },
  {
    name: 'trailing-entries',
    value: 'N',
    summary: 'entries kept below a snapshot for slow followers (default 10000)',
  },
  {
    name: 'secret-file',
    value: 'FILE',
    summary: "the cluster's secret (default on loopback: local.secret in the home)",
  },
  {
    name: 'http',
    value: null,
    summary: 'HTTP on the same port: GET /healthz /readyz /metrics, POST /command',
  },
  {
    name: 'auth-file',
    value: 'FILE',
    summary: 'a file with the password that clients need (default $RAFTDECK_AUTH, or none)',
  },
  {
    name: 'users-file',
    value: 'FILE',
    summary: 'a file with users: name read-only|read-write|admin password',
  },
  {
    name: 'home',
    value: 'DIR',
    environment: false,
    summary: 'home of this user (default $RAFTDECK_HOME)',
  },
  {
    name: 'faults',
    value: null,
    summary: 'allow RAFT FAULT to break links, disk and clock for a while (for tests)',
  },
  {
    name: 'l',
    aliases: ['loglevel'],
    value: 'LEVEL',
    summary: 'debug, verbose, notice, warning or quiet (default notice)',
  },
  { name: 'log-format', value: 'FORMAT', summary: 'text or json (default text)' },
];

/** Uhaha's spellings of what other flags say; not shown. */
const UHAHA_FLAGS: readonly FlagSpec[] = [
  { name: 'sync', value: null, summary: '' },
  { name: 'nosync', value: null, summary: '' },
  { name: 'openreads', value: null, summary: '' },
  { name: 'noopenreads', value: null, summary: '' },
  { name: 'try-errors', value: null, summary: '' },
  { name: 'localtime', value: null, summary: '' },
  { name: 'auth', value: 'SECRET', environment: false, summary: '' },
  { name: 't', value: 'N', summary: '' },
];

/** Flags that say the same thing in different ways: one that is typed wins over a variable. */
export const EXCLUDING_FLAGS: readonly (readonly string[])[] = [
  ['a', 'p', 't'],
  ['n', 't'],
  ['j', 'wait', 't'],
  ['consistency', 'openreads', 'noopenreads'],
  ['durability', 'sync', 'nosync'],
  ['redirect', 'try-errors'],
  ['auth', 'auth-file'],
  ['localtime', 'time-server'],
];

/** `raftdeck node`. */
export const NODE_USAGE: CommandUsage = {
  synopsis: 'node [flags]',
  about:
    'Runs one node in the foreground. Without -j or --wait, a node whose directory is empty becomes\n' +
    'a cluster of one. SIGTERM or Ctrl-C ends it cleanly; a second one ends it at once.',
  flags: [...OWN_FLAGS, ...SHARED_FLAGS, ...UHAHA_FLAGS],
  notes: [
    "Uhaha's --sync, --nosync, --openreads, --noopenreads, --try-errors, --localtime and -t work too.",
    'Each flag may stand in the environment instead: RAFTDECK_ELECTION_TIMEOUT for --election-timeout,',
    'RAFTDECK_ADDR for -a, and so on; RAFTDECK_AUTH is the password itself. A flag wins over it.',
    'The log is standard error. Lines that differ in numbers alone are written 20 times in 10 s, and then',
    'counted; -l debug writes all of them.',
    'Exit codes: 0 ended when asked; 1 refused or failed, with the reason; 2 bad usage; 70 a bug:',
    'an invariant was broken and the node ended itself before it could do harm.',
  ],
};
