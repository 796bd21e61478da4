import { commandCommand } from '../../machine/command-docs.ts';
import { errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { NodeContext } from '../node-context.ts';
import type { NodeStatus } from '../status.ts';
import { LATER, textOf, textsFrom } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { nodeCommand } from './spec.ts';
import { commandOfSubcommands } from './subcommands.ts';

const WAIT_MS_MAX = 60_000;

type Section = readonly [title: string, rows: readonly (readonly [string, string | number])[]];

function sectionsOf(status: NodeStatus, clients: number): readonly Section[] {
  const uptime = Math.floor((status.timeMs - status.startedAtMs) / 1000);
  const others = status.members.filter((member) => member.id !== status.id);
  return [
    [
      'Server',
      [
        ['raftdeck_version', status.softwareVersion],
        ['redis_version', '7.0.0'],
        ['redis_mode', 'cluster'],
        ['process_id', status.pid],
        ['run_id', status.clusterId],
        ['tcp_port', Number(status.clientAddress.split(':').at(-1))],
        ['uptime_in_seconds', uptime],
        ['machine', status.machine],
      ],
    ],
    ['Clients', [['connected_clients', clients]]],
    ['Memory', [['used_memory_rss', status.figures.residentBytes]]],
    [
      'Persistence',
      [
        ['loading', status.health === 'loading' ? 1 : 0],
        ['log_backend', status.backend],
        ['log_durability', status.durability],
        ['log_bytes', status.logBytes],
      ],
    ],
    [
      'Stats',
      [
        ['total_commands_processed', status.counters.commands],
        ['instantaneous_ops_per_sec', opsPerSecond(status)],
      ],
    ],
    [
      'Replication',
      [
        ['role', status.role === 'leader' ? 'master' : 'slave'],
        ['connected_slaves', status.role === 'leader' ? others.length : 0],
        ['master_repl_offset', status.commitIndex],
      ],
    ],
    [
      'Raft',
      [
        ['raft_node_id', status.id],
        ['raft_state', status.role],
        ['raft_term', status.term],
        ['raft_leader_id', status.leaderId ?? ''],
        ['raft_commit_index', status.commitIndex],
        ['raft_applied_index', status.appliedIndex],
        ['raft_last_index', status.lastIndex],
        ['raft_snapshot_index', status.snapshotIndex],
        ['raft_state_age_ms', status.stateAgeMs ?? ''],
        ['raft_clock_skew_ms', skewOf(status) ?? ''],
      ],
    ],
    ['Cluster', [['cluster_enabled', 1]]],
    ['Keyspace', status.keys === 0 ? [] : [['db0', `keys=${String(status.keys)}`]]],
  ];
}

/** How far the clock of a peer is off at most, milliseconds; null while nothing is known. */
function skewOf({ clocks }: NodeStatus): number | null {
  const offsets = clocks.map(({ offsetMs }) => Math.abs(offsetMs));
  return offsets.length === 0 ? null : Math.max(...offsets);
}

function opsPerSecond(status: NodeStatus): number {
  return Math.round(status.figures.writesPerSecond + status.figures.readsPerSecond);
}

function info(call: Call): Reply {
  const wanted = textsFrom(call, 1).map((name) => name.toLowerCase());
  const all =
    wanted.length === 0 || wanted.some((name) => ['all', 'default', 'everything'].includes(name));
  const sections = sectionsOf(call.node.status(), call.node.clients().length);
  const shown = sections.filter(([title]) => all || wanted.includes(title.toLowerCase()));
  const text = shown
    .map(([title, rows]) => {
      const lines = rows.map(([key, value]) => `${key}:${String(value)}\r\n`);
      return `# ${title}\r\n${lines.join('')}`;
    })
    .join('\r\n');
  return { type: 'verbatim', text };
}

/** What CONFIG GET tells of: the few settings that Redis tools ask for. */
function configRows(node: NodeContext): readonly (readonly [string, string])[] {
  return [
    ['appendfsync', node.settings.durability === 'high' ? 'always' : 'everysec'],
    ['appendonly', 'yes'],
    ['cluster-enabled', 'yes'],
    ['databases', '1'],
    ['maxmemory', '0'],
    ['proto-max-bulk-len', '67108864'],
    ['save', ''],
  ];
}

function configGet(call: Call, patterns: readonly string[]): Reply {
  const expressions = patterns.map((pattern) => {
    const escaped = pattern.slice(0, 128).replace(/[.+^${}()|[\]\\]/gu, '\\$&');
    return new RegExp(`^${escaped.replace(/\*+/gu, '.*').replace(/\?/gu, '.')}$`, 'iu');
  });
  const rows = configRows(call.node);
  const shown = rows.filter(([name]) => expressions.some((one) => one.test(name)));
  return { type: 'map', entries: shown };
}

/** WAIT n ms: how many other members hold this connection's last write, once n do or time is up. */
function wait(call: Call): Reply | typeof LATER {
  const [wantedText, timeoutText] = [textOf(call, 1), textOf(call, 2)];
  if (!/^\d{1,9}$/u.test(wantedText) || !/^\d{1,9}$/u.test(timeoutText)) {
    return errorReply('ERR value is not an integer or out of range');
  }
  const { node, client } = call;
  const holding = (): number => {
    const { followers } = node.core.status();
    return followers.filter((one) => one.matchIndex >= client.session.lastWriteIndex).length;
  };
  const wanted = Number(wantedText);
  const timeoutMs = Math.min(Number(timeoutText) || WAIT_MS_MAX, WAIT_MS_MAX);
  void node
    .waitUntil(() => node.core.role() !== 'leader' || holding() >= wanted, timeoutMs)
    .then(() => {
      call.reply(holding());
    });
  return LATER;
}

function shutdown(call: Call): typeof LATER {
  call.node.shutdown();
  return LATER;
}

/** COMMAND, INFO, CONFIG GET, VERSION, TIME, WAIT, SHUTDOWN. */
export const SERVER_COMMANDS: readonly NodeCommand[] = [
  nodeCommand({
    name: 'command',
    arity: -1,
    summary: 'Describes the commands of this node.',
    group: 'server',
    arguments: [{ name: 'subcommand', type: 'string', optional: true, multiple: true }],
    run: (call) => commandCommand(call.node.specs, call.args),
  }),
  nodeCommand({
    name: 'info',
    arity: -1,
    summary: 'Returns figures of this node in sections.',
    group: 'server',
    arguments: [{ name: 'section', type: 'string', optional: true, multiple: true }],
    run: info,
  }),
  commandOfSubcommands(
    { name: 'config', summary: 'Reads the settings that Redis tools ask for.', group: 'server' },
    [
      {
        words: 'GET',
        argumentsMin: 1,
        argumentsMax: 16,
        summary: 'Returns settings whose names match.',
        usage: 'CONFIG GET pattern [pattern ...]',
        run: configGet,
      },
    ],
  ),
  nodeCommand({
    name: 'version',
    arity: 1,
    summary: 'Returns the name and version of this program.',
    group: 'server',
    run: (call) => `raftdeck version ${call.node.settings.softwareVersion}`,
  }),
  nodeCommand({
    name: 'time',
    arity: 1,
    summary: "Returns this node's clock: Unix seconds and microseconds.",
    group: 'server',
    run: (call) => {
      const micros = call.node.driver.nowNs() / 1000n;
      return [String(micros / 1_000_000n), String(micros % 1_000_000n)];
    },
  }),
  nodeCommand({
    name: 'wait',
    arity: 3,
    summary: 'Returns how many followers hold what this connection wrote.',
    group: 'generic',
    arguments: [
      { name: 'numreplicas', type: 'integer' },
      { name: 'timeout', type: 'integer' },
    ],
    run: wait,
  }),
  nodeCommand({
    name: 'shutdown',
    arity: -1,
    summary: 'Stops this node cleanly.',
    group: 'server',
    administrative: true,
    run: shutdown,
  }),
];
