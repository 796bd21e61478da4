import { createHash } from 'node:crypto';

import type { Member } from '../../raft/types.ts';
import { errorReply } from '../../resp/value.ts';
import type { MapReply, Reply } from '../../resp/value.ts';
import type { NodeContext } from '../node-context.ts';
import { LATER } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { addPeer, depart, memberOf, promote, unlessLeader } from './membership-commands.ts';
import type { Departure } from './membership-commands.ts';
import { RAFT_SOURCE, RAFT_SUBCOMMANDS } from './raft-commands.ts';
import type { Subcommand } from './spec.ts';
import { readAsGzip } from './uhaha-snapshot-read.ts';
import { commandOfSubcommands } from './subcommands.ts';

/*
 * RAFT and CLUSTER where `--dialect uhaha` answers something else than the other dialects: booleans
 * as text, unknown members that can be removed, snapshots with three fields, a cluster of one master.
 * What Uhaha does not have (RAFT STATUS, WATCH, LOG …) is there as everywhere.
 */

/** A change that was made, or that there was nothing of to make. */
const DONE = '1';
const LAST_SLOT = 16383;
const DOWN = errorReply('CLUSTERDOWN The cluster is down');

const RAFT_HELP: readonly string[] = [
  'RAFT LEADER',
  'RAFT INFO [pattern ...]',
  'RAFT SERVER LIST',
  'RAFT SERVER ADD id address [NONVOTER]',
  'RAFT SERVER REMOVE id',
  'RAFT SERVER PROMOTE id',
  'RAFT SERVER DEMOTE id',
  'RAFT SNAPSHOT NOW',
  'RAFT SNAPSHOT LIST',
  'RAFT SNAPSHOT FILE id',
  'RAFT SNAPSHOT READ id [RANGE start end]',
];
const CLUSTER_HELP: readonly string[] = ['CLUSTER INFO', 'CLUSTER NODES', 'CLUSTER SLOTS'];
const SNAPSHOT_FIELDS: readonly Reply[] = ['id', 'size', 'timestamp'];
const KIND_WORDS = new Set(['NONVOTER', 'NON-VOTER', 'VOTER']);
const KIND_WORDS_MAX = 8;

type Run = Subcommand['run'];

const RUNS: Readonly<Record<string, Run>> = {
  'SERVER ADD': add,
  'SNAPSHOT READ': readAsGzip,
  'SERVER REMOVE': (call, texts) => leave(call, 'REMOVE', texts[0] ?? ''),
  'SERVER DEMOTE': (call, texts) => leave(call, 'DEMOTE', texts[0] ?? ''),
  'SERVER PROMOTE': (call, texts) => {
    const id = texts[0] ?? '';
    if (memberOf(call.node, id) === null) return errorReply('ERR server not found');
    return promote(call, id, DONE);
  },
};

function add(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = '', address = '', ...kinds] = texts;
  const words = kinds.map((kind) => kind.toUpperCase());
  if (words.some((word) => !KIND_WORDS.has(word))) return errorReply('ERR syntax error');
  const notLeader = unlessLeader(call.node);
  if (notLeader !== null) return notLeader;
  const known = memberOf(call.node, address);
  if (known?.id === id) return DONE;
  if (known !== null) {
    return errorReply(`ERR found duplicate address in configuration: ${address}`);
  }
  const isVoter = words.every((word) => word === 'VOTER');
  return addPeer(call, { address, id, promote: isVoter, success: DONE });
}

function leave(call: Call, departure: Departure, id: string): Reply | typeof LATER {
  const { node } = call;
  const notLeader = unlessLeader(node);
  if (notLeader !== null) return notLeader;
  const member = memberOf(node, id);
  if (member === null) return DONE;
  const others = node.core.membership().members.filter((one) => one.id !== member.id);
  if (member.voter && !others.some((one) => one.voter)) {
    const rest = departure === 'REMOVE' ? others : [...others, { ...member, voter: false }];
    return errorReply(
      `ERR need at least one voter in configuration: {[${rest.map(shown).join(' ')}]}`,
    );
  }
  return depart(call, departure, member.id, DONE);
}

function shown({ id, clientAddress, voter }: Member): string {
  return `{${voter ? 'Voter' : 'Nonvoter'} ${id} ${clientAddress}}`;
}

/** A snapshot with the three fields that Uhaha gives. */
function threeFields(reply: Reply): Reply {
  const isMap = typeof reply === 'object' && reply !== null && 'type' in reply;
  if (!isMap || reply.type !== 'map') return reply;
  const entries: MapReply['entries'] = reply.entries.filter(([name]) =>
    SNAPSHOT_FIELDS.includes(name),
  );
  return { type: 'map', entries };
}

function withReplies(run: Run, map: (reply: Reply) => Reply): Run {
  return (call, texts) => {
    const reply = (later: Reply): void => {
      call.reply(map(later));
    };
    const now = run({ ...call, reply }, texts);
    return now === LATER ? LATER : map(now);
  };
}

const RAFT: readonly Subcommand[] = RAFT_SUBCOMMANDS.map((subcommand) => {
  const { words } = subcommand;
  if (words === 'SERVER ADD') {
    return { ...subcommand, argumentsMax: 2 + KIND_WORDS_MAX, run: add };
  }
  if (words === 'SNAPSHOT NOW') {
    return { ...subcommand, run: withReplies(subcommand.run, threeFields) };
  }
  if (words === 'SNAPSHOT LIST') {
    const rows = (reply: Reply): Reply =>
      Array.isArray(reply) ? (reply as readonly Reply[]).map(threeFields) : reply;
    return { ...subcommand, run: withReplies(subcommand.run, rows) };
  }
  return { ...subcommand, run: RUNS[words] ?? subcommand.run };
});

function hash(id: string): string {
  return createHash('sha1').update(id).digest('hex');
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/gu, '');
}

function slots(node: NodeContext): Reply {
  const leader = node.leader();
  if (leader === null) return DOWN;
  const { clientAddress, id } = leader;
  return [[0, LAST_SLOT, [hostOf(clientAddress), portOf(clientAddress), hash(id)]]];
}

function nodes(node: NodeContext): Reply {
  const leader = node.leader();
  if (leader === null) return DOWN;
  const lines = node.core.membership().members.map(({ id, clientAddress }) => {
    const leads = id === leader.id;
    const address = `${hostOf(clientAddress)}:${portOf(clientAddress)}@${portOf(clientAddress)}`;
    const role = leads ? 'master -' : `slave ${hash(leader.id)}`;
    return `${hash(id)} ${address} ${role} 0 0 connected 0-${LAST_SLOT}\n`;
  });
  return lines.join('');
}

function info(node: NodeContext): Reply {
  const count = node.core.membership().members.length;
  const epoch = node.core.status().lastIndex;
  return [
    'cluster_state:ok',
    `cluster_slots_assigned:${LAST_SLOT + 1}`,
    `cluster_slots_ok:${LAST_SLOT + 1}`,
    'cluster_slots_pfail:0',
    'cluster_slots_fail:0',
    `cluster_known_nodes:${count}`,
    `cluster_size:${count}`,
    `cluster_current_epoch:${epoch}`,
    `cluster_my_epoch:${epoch}`,
    '',
  ].join('\n');
}

function clusterSubcommand(words: string, argumentsMax: number, run: (node: NodeContext) => Reply) {
  const summary = '';
  const usage = `CLUSTER ${words}`;
  return {
    ...{ words, argumentsMin: 0, argumentsMax, summary, usage },
    run: (call: Call) => run(call.node),
  };
}

const CLUSTER = commandOfSubcommands(
  { name: 'cluster', summary: 'Describes the Raft group as Uhaha does.', group: 'cluster' },
  [
    clusterSubcommand('INFO', 64, info),
    clusterSubcommand('NODES', 0, nodes),
    clusterSubcommand('SLOTS', 0, slots),
  ],
  CLUSTER_HELP,
);

/** Uhaha's RAFT and CLUSTER, which take the place of ours in its dialect. */
export const UHAHA_COMMANDS: readonly NodeCommand[] = [
  commandOfSubcommands(RAFT_SOURCE, RAFT, RAFT_HELP),
  CLUSTER,
];
