import type { ClusterView, EventView, NodeStatusView, NodeView } from '../../contract/model.ts';
import { computeHealth } from '../health.ts';

/**
 * The cluster at one moment: the last picture before it, and on top of it what was traced between the
 * picture and the moment. Without the second, each step of an election would look like the one before.
 *
 * @param events of any node, in order of time; those outside of the stretch are passed over
 */
export function viewAt(
  picture: ClusterView,
  events: readonly EventView[],
  atMs: number,
): ClusterView {
  const due = events.filter(({ timeMs }) => timeMs <= atMs);
  const nodes = picture.nodes.map((node) => nodeAt(node, due, picture.timeMs));
  const leader = due.findLast(({ type, fields }) => type === 'role' && fields['role'] === 'leader');
  const isNews = leader !== undefined && leader.timeMs > picture.timeMs;
  const { leaderChangedAtMs, worstLagMs } = picture.health;
  const health = computeHealth({
    nodes,
    nowMs: atMs,
    starting: picture.health.level === 'starting',
    leaderChangedAtMs: isNews ? leader.timeMs : leaderChangedAtMs,
    lagMs: () => worstLagMs,
  });
  return { ...picture, nodes, health, timeMs: atMs };
}

function nodeAt(node: NodeView, events: readonly EventView[], pictureMs: number): NodeView {
  const heardMs = node.status?.timeMs ?? -Infinity;
  let shown = node;
  for (const event of events) {
    if (event.nodeId !== node.id) continue;
    // A node's own words are newer than its status, or in it. The host's clock has whole milliseconds:
    // what it saw in the one of the picture may or may not be in it, and is the same when seen twice.
    const isNews = event.nodeSequence === null ? event.timeMs >= pictureMs : event.timeMs > heardMs;
    if (isNews || isLateExit(shown, event)) shown = afterEvent(shown, event);
  }
  return shown;
}

/** Whether a process that was killed is shown as it was, because its end was not yet known. */
function isLateExit({ pid, startedAtMs }: NodeView, { type, timeMs }: EventView): boolean {
  return type === 'process-exited' && pid !== null && startedAtMs !== null && startedAtMs <= timeMs;
}

function afterEvent(node: NodeView, { type, timeMs, nodeSequence, fields }: EventView): NodeView {
  if (nodeSequence === null) return afterHostEvent(node, type, timeMs, fields);
  if (node.status === null) return node;
  const status = afterTrace(node.id, node.status, type, fields);
  return status === node.status ? node : { ...node, status, heardAtMs: timeMs };
}

function afterHostEvent(
  node: NodeView,
  type: string,
  timeMs: number,
  fields: EventView['fields'],
): NodeView {
  switch (type) {
    case 'process-started':
    case 'process-found': {
      const pid = typeof fields['pid'] === 'number' ? fields['pid'] : null;
      const exit = { exitReason: null, exitedAtMs: null };
      return { ...node, process: 'starting', pid, startedAtMs: timeMs, ...exit };
    }
    case 'process-exited': {
      const reason = typeof fields['reason'] === 'string' ? fields['reason'] : null;
      const process = typeof fields['asked'] === 'string' ? 'stopped' : 'crashed';
      const exit = { exitReason: reason, exitedAtMs: timeMs };
      return { ...node, process, pid: null, connected: false, ...exit };
    }
    case 'process-frozen':
      return { ...node, process: 'frozen' };
    case 'process-resumed':
    case 'link-open':
      return { ...node, process: 'running', connected: true, linkError: null };
    case 'link-lost':
      return { ...node, connected: false };
    default:
      return node;
  }
}

function afterTrace(
  nodeId: string,
  status: NodeStatusView,
  type: string,
  fields: EventView['fields'],
): NodeStatusView {
  const term = numberOf(fields['term']) ?? status.term;
  switch (type) {
    case 'role': {
      const role = fields['role'];
      const known =
        role === 'follower' ||
        role === 'pre-candidate' ||
        role === 'candidate' ||
        role === 'leader';
      if (!known) return status;
      // A candidate votes for itself (Raft paper §5.2); a new term has no vote yet.
      const kept = term === status.term ? status.votedFor : null;
      const votedFor = role === 'candidate' ? nodeId : kept;
      const followers = role === 'leader' ? status.followers : [];
      return { ...status, role, term, votedFor, followers, leaderId: idOf(fields['leaderId']) };
    }
    case 'leader':
      return { ...status, term, leaderId: idOf(fields['leaderId']) };
    case 'vote-answered': {
      if (fields['granted'] !== true || fields['preVote'] === true) return status;
      return { ...status, term, votedFor: idOf(fields['candidate']) };
    }
    case 'appended':
      return { ...status, lastIndex: numberOf(fields['lastIndex']) ?? status.lastIndex };
    case 'truncated': {
      const from = numberOf(fields['fromIndex']);
      return from === null ? status : { ...status, lastIndex: from - 1 };
    }
    case 'health': {
      if (fields['health'] !== 'storage-failed') return status;
      const healthReason = typeof fields['reason'] === 'string' ? fields['reason'] : null;
      return { ...status, health: 'storage-failed', healthReason };
    }
    case 'committed':
      return { ...status, commitIndex: numberOf(fields['commitIndex']) ?? status.commitIndex };
    default:
      return status;
  }
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
