import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ticket } from '../../node-engine/machines/ticket/ticket.ts';
import { timeseries } from '../../node-engine/machines/timeseries/timeseries.ts';
import type {
  ArgumentDoc,
  CommandSpec,
  MachineDefinition,
} from '../../node-engine/machine/machine.ts';
import type { NodeCommand } from '../../node-engine/node/commands/command.ts';
import { NODE_COMMANDS } from '../../node-engine/node/commands/node-commands.ts';
import type { Subcommand } from '../../node-engine/node/commands/spec.ts';

/*
 * Writes docs/commands.md from the tables that the node itself answers from. `npm run docs` rewrites
 * the page; a test fails when it is not what this makes.
 */

const HEAD = `# Commands

Every node answers these on its one port, over RESP2 and RESP3 (\`HELLO 3\`), pipelined or inline. \`COMMAND DOCS\` gives the
same over the wire. Written by \`npm run docs\` from the tables in \`node-engine/node/commands\` and
\`node-engine/machines\`; change those, not this page.

## What an error means

The first word tells what happened to a write. Nothing is retried behind your back.

| begins with | what happened |
| --- | --- |
| \`ERR\`, \`WRONGTYPE\` | nothing was done: the command is wrong for this key or at all |
| \`MOVED slot host:port\` | nothing was done: this node does not lead, the one named does |
| \`TRY host:port\` | the same, with \`--redirect try\` |
| \`CLUSTERDOWN\` | nothing was done: no leader is known |
| \`TRYAGAIN\` | nothing was done: leadership or membership is changing |
| \`STALE\` | nothing was read: the state of this node is older than \`READONLY MAXAGE\` accepts |
| \`BUSY\` | nothing was done: too much is waiting to be committed |
| \`LOADING\` | nothing was done: the node is reading its log |
| \`MISCONF\` | nothing was done: this node's storage has failed |
| \`NOAUTH\`, \`WRONGPASS\`, \`NOPERM\` | nothing was done: the client has to log in, or may not do that |
| \`NOPROTO\` | nothing was done: there is no such version of the protocol |
| \`UNKNOWN\` | **the write may or may not be applied**: leadership was lost, or the node ended, while it was on its way |

A connection that ends before the reply leaves a write unknown too.

`;

const GROUP_TITLES: Readonly<Record<string, string>> = {
  raft: 'The Raft group',
  cluster: 'For cluster clients',
  connection: 'The connection',
  server: 'The node',
  generic: 'Keys',
  string: 'Strings',
  ticket: 'The ticket machine (`--machine ticket`)',
  timeseries: 'The time series machine (`--machine timeseries`)',
};
const GROUP_ORDER = ['raft', 'generic', 'string', 'server', 'connection', 'cluster'];

/* Those that come with the program; a node runs one of them. */
const MACHINES: readonly MachineDefinition[] = [kv, ticket, timeseries];

interface Row {
  readonly group: string;
  readonly usage: string;
  readonly kind: string;
  readonly summary: string;
}

/** The whole page. */
export function commandsPage(): string {
  const rows = [...NODE_COMMANDS.flatMap(rowsOfNode), ...MACHINES.flatMap(rowsOfMachine)];
  const groups = [...new Set(rows.map(({ group }) => group))].sort(
    (left, right) => placeOf(left) - placeOf(right) || left.localeCompare(right),
  );
  const sections = groups.map((group) => {
    const title = GROUP_TITLES[group] ?? group;
    const lines = rows
      .filter((row) => row.group === group)
      .map(
        ({ usage, kind, summary }) => `| \`${escaped(usage)}\` | ${kind} | ${escaped(summary)} |`,
      );
    return [`## ${title}`, '', '| command | kind | what |', '| --- | --- | --- |', ...lines, ''];
  });
  return `${HEAD}${sections.flat().join('\n')}
Kinds: a **write** goes through the log and runs on every node; a **read** is answered by one node at its \`--consistency\`
(high: linearizable; medium: the leader's state; low: any node's state, perhaps stale); a command **here** is about the node it reaches,
in any state; **admin** is the same and changes the node or the cluster.

## Reading from followers

A node that does not lead answers reads only on connections that ask for it. What they get is for the connection to say:

| sent once | then its reads | when the leader cannot be asked |
| --- | --- | --- |
| \`READONLY\` | are linearizable, as on the leader: the follower asks the leader how far it has to be, once for all reads of a moment, and answers from its own state | \`TRYAGAIN\` or \`CLUSTERDOWN\`: nothing was read |
| \`READONLY MAXAGE ms\` | see every write that was answered \`ms\` milliseconds before; at once where this node knows that of its state, else it asks as above | \`STALE\`, with the age; with \`--redirect forward\` the leader answers |
| \`READONLY ANYAGE\` | are answered from what this node has | are answered all the same |
| \`READWRITE\`, \`RESET\` | are as \`--consistency\` says | |

\`ms\` is counted on the node's own clocks, from before it asked the leader, so that neither a slow network nor another node's
clock can make a state look younger than it is. \`state_age\` of \`RAFT INFO\` (not in Uhaha's dialect), \`raft_state_age_ms\` of \`INFO\` and \`stateAgeMs\` of
\`RAFT STATUS\` say how long ago the state was last known to be current. Only reads with \`MAXAGE\` or \`READONLY\` make a follower
ask: where nobody reads, the figure grows. On a node with \`--consistency low\` plain \`READONLY\` changes nothing.

## Clients

Single and cluster clients work as they come, in the clear and over TLS, with \`AUTH\` and after a failover: redis-cli and redis-benchmark,
ioredis, @redis/client (RESP2 and RESP3), redis-py (Debian's python3-redis). A single client talks to one node: give it the leader,
follow \`MOVED\`, or start the nodes with \`--redirect forward\`. There are no transactions: \`MULTI\` is an unknown command, so redis-py
pipelines with \`pipeline(transaction=False)\`, and \`MSET\` or a command of your own machine changes several keys at once. The cluster
client of redis-py 4.3 cannot look for a new leader by itself once the one it knew is dead; make a new client then.
`;
}

function placeOf(group: string): number {
  const place = GROUP_ORDER.indexOf(group);
  return place < 0 ? GROUP_ORDER.length : place;
}

function rowsOfNode(command: NodeCommand): readonly Row[] {
  const { group } = command.spec;
  if ('subcommands' in command) {
    const subcommands = command.subcommands as readonly Subcommand[];
    return subcommands.map(({ usage, summary, administrative }) => ({
      group,
      usage,
      kind: administrative === true ? 'admin' : 'here',
      summary,
    }));
  }
  const usage = usageOf(command.name, command.spec);
  const kind = command.administrative ? 'admin' : 'here';
  return [{ group, usage, kind, summary: command.spec.summary }];
}

function rowsOfMachine(machine: MachineDefinition): readonly Row[] {
  return [...machine.commands].map(([name, spec]) => {
    const { group, kind, summary } = spec;
    return { group, usage: usageOf(name, spec), kind, summary };
  });
}

function usageOf(name: string, spec: CommandSpec): string {
  return [name.toUpperCase(), ...spec.arguments.map(argumentText)].join(' ');
}

function argumentText(argument: ArgumentDoc): string {
  const { name, type, token, optional, multiple } = argument;
  const inner = argument.arguments ?? [];
  let text = name;
  if (type === 'token') text = token ?? name.toUpperCase();
  else if (type === 'oneof') text = inner.map(argumentText).join('|');
  else if (type === 'block') text = inner.map(argumentText).join(' ');
  if (type !== 'token' && token !== undefined) text = `${token} ${text}`;
  if (multiple === true) text = `${text} [${text} ...]`;
  if (optional === true) return `[${text}]`;
  return type === 'oneof' && token === undefined ? `<${text}>` : text;
}

/** A bar would end the cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
