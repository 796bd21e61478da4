import { createHash } from 'node:crypto';
import type { Member, NodeId } from '../../raft/types.ts';
import { errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { keySlot } from '../key-slot.ts';
import type { NodeContext } from '../node-context.ts';
import type { NodeCommand } from './command.ts';
import { commandOfSubcommands } from './subcommands.ts';

const LAST_SLOT = 16383;
const DOWN = errorReply('CLUSTERDOWN The cluster is down');

/** The 40 hex digits that Redis Cluster clients know a node by; stable for the life of the member. */
export function clusterNodeId(clusterId: string, nodeId: NodeId): string {
  return createHash('sha1').update(`${clusterId}/${nodeId}`).digest('hex');
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/gu, '');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** The leader first, then the others by id. Null when no leader is known. */
function leaderFirst(node: NodeContext): { leader: Member; replicas: readonly Member[] } | null {
  const leader = node.leader();
  if (leader === null) return null;
  const { members } = node.core.membership();
  return { leader, replicas: members.filter((member) => member.id !== leader.id) };
}

function slots(node: NodeContext): Reply {
  const found = leaderFirst(node);
  if (found === null) return DOWN;
  const row = (member: Member): Reply => {
    const { host, port } = hostAndPort(member.clientAddress);
    return [host, port, clusterNodeId(node.clusterId(), member.id), []];
  };
  return [[0, LAST_SLOT, row(found.leader), ...found.replicas.map(row)]];
}

function shards(node: NodeContext): Reply {
  const found = leaderFirst(node);
  if (found === null) return DOWN;
  const { leader, replicas } = found;
  const row = (member: Member): Reply => {
    const { host, port } = hostAndPort(member.clientAddress);
    return {
      type: 'map',
      entries: [
        ['id', clusterNodeId(node.clusterId(), member.id)],
        ['port', port],
        ['ip', host],
        ['endpoint', host],
        ['role', member.id === leader.id ? 'master' : 'replica'],
        ['replication-offset', node.core.commitIndex()],
        ['health', 'online'],
      ],
    };
  };
  return [
    {
      type: 'map',
      entries: [
        ['slots', [0, LAST_SLOT]],
        ['nodes', [row(leader), ...replicas.map(row)]],
      ],
    },
  ];
}

function nodes(node: NodeContext): Reply {
  const leader = node.leader();
  const leaderHash = leader === null ? '-' : clusterNodeId(node.clusterId(), leader.id);
  const epoch = String(node.core.term());
  const lines = node.core.membership().members.map((member) => {
    const { host, port } = hostAndPort(member.clientAddress);
    const bus = hostAndPort(member.peerAddress).port;
    const leads = member.id === leader?.id;
    const flags = `${member.id === node.settings.id ? 'myself,' : ''}${leads ? 'master' : 'slave'}`;
    return [
      clusterNodeId(node.clusterId(), member.id),
      `${host}:${String(port)}@${String(bus)}`,
      flags,
      leads ? '-' : leaderHash,
      '0',
      '0',
      epoch,
      'connected',
      ...(leads ? [`0-${String(LAST_SLOT)}`] : []),
    ].join(' ');
  });
  return { type: 'verbatim', text: `${lines.join('\n')}\n` };
}

function info(node: NodeContext): Reply {
  const up = node.leader() !== null;
  const { members } = node.core.membership();
  const lines = [
    `cluster_state:${up ? 'ok' : 'fail'}`,
    `cluster_slots_assigned:${String(LAST_SLOT + 1)}`,
    `cluster_slots_ok:${up ? String(LAST_SLOT + 1) : '0'}`,
    'cluster_slots_pfail:0',
    `cluster_slots_fail:${up ? '0' : String(LAST_SLOT + 1)}`,
    `cluster_known_nodes:${String(members.length)}`,
    'cluster_size:1',
    `cluster_current_epoch:${String(node.core.term())}`,
    `cluster_my_epoch:${String(node.core.term())}`,
  ];
  return { type: 'verbatim', text: `${lines.join('\r\n')}\r\n` };
}

function none(words: string, usage: string, summary: string, run: (node: NodeContext) => Reply) {
  return {
    words,
    argumentsMin: 0,
    argumentsMax: 0,
    summary,
    usage,
    run: (call: { readonly node: NodeContext }) => run(call.node),
  };
}

/** CLUSTER: the one shard that the Raft group is, as Redis Cluster clients ask for it. */
export const CLUSTER_COMMANDS: readonly NodeCommand[] = [
  commandOfSubcommands(
    {
      name: 'cluster',
      summary: 'Describes the Raft group as one Redis Cluster shard.',
      group: 'cluster',
    },
    [
      none('SLOTS', 'CLUSTER SLOTS', 'Returns the one slot range with its nodes.', slots),
      none('SHARDS', 'CLUSTER SHARDS', 'Returns the one shard with its nodes.', shards),
      none('NODES', 'CLUSTER NODES', 'Returns a line for each node.', nodes),
      none('INFO', 'CLUSTER INFO', 'Returns the state of the cluster.', info),
      none('MYID', 'CLUSTER MYID', "Returns this node's 40-digit id.", (node) =>
        clusterNodeId(node.clusterId(), node.settings.id),
      ),
      {
        words: 'KEYSLOT',
        argumentsMin: 1,
        argumentsMax: 1,
        summary: 'Returns the hash slot of a key.',
        usage: 'CLUSTER KEYSLOT key',
        run: (call) => keySlot(call.args[2] ?? new Uint8Array(0)),
      },
    ],
  ),
];
