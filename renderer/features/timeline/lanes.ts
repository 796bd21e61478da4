import type { EventView } from '../../../main/contract/model.ts';
import type { LaneStartView } from '../../../main/contract/recording.ts';
import type { Stretch } from '../../state/recording.ts';

/** What a node was for a while. */
export type SpanKind =
  | 'leader'
  | 'follower'
  | 'non-voter'
  | 'candidate'
  | 'down'
  | 'frozen'
  /** Its process runs and takes no part, because its disk has failed. */
  | 'failed'
  /** Its process runs and it has said nothing yet. */
  | 'starting'
  /** It was not heard: what it was is not known. */
  | 'unknown';

export interface Span {
  readonly kind: SpanKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** When it began, out of sight too; null when it did before anything that is known here. */
  readonly sinceMs: number | null;
  readonly term: number | null;
  /** Why it began, in a few words. */
  readonly reason: string | null;
}

export type MarkKind =
  | 'crash'
  | 'start'
  | 'snapshot'
  | 'granted'
  | 'denied'
  | 'gap'
  | 'violation'
  /** A load was checked and one order explains all of it, or nothing is claimed. */
  | 'explained'
  | 'undecided';

export interface LaneMark {
  readonly kind: MarkKind;
  readonly timeMs: number;
  readonly label: string;
}

export interface Lane {
  readonly nodeId: string;
  readonly spans: readonly Span[];
  readonly marks: readonly LaneMark[];
}

interface NodeState {
  readonly process: 'up' | 'down' | 'frozen' | 'absent';
  readonly heard: boolean;
  readonly failed: boolean;
  readonly role: 'follower' | 'candidate' | 'leader' | null;
  readonly voter: boolean;
  readonly term: number | null;
  readonly reason: string | null;
}

const ABSENT: NodeState = {
  process: 'absent',
  heard: false,
  failed: false,
  role: null,
  voter: true,
  term: null,
  reason: null,
};

/** One lane per node: what it was from `fromMs` to `toMs`, and what happened to it. */
export function buildLanes(
  stretch: Stretch,
  nodeIds: readonly string[],
  fromMs: number,
  toMs: number,
): readonly Lane[] {
  const byNode = new Map<string, EventView[]>(nodeIds.map((id) => [id, []]));
  for (const event of stretch.marks) {
    if (event.timeMs <= toMs) byNode.get(event.nodeId)?.push(event);
  }
  return nodeIds.map((nodeId) => {
    const start = stretch.before.find((one) => one.nodeId === nodeId);
    return buildLane(nodeId, start, byNode.get(nodeId) ?? [], { stretch, fromMs, toMs });
  });
}

function buildLane(
  nodeId: string,
  start: LaneStartView | undefined,
  events: readonly EventView[],
  { stretch, fromMs, toMs }: { stretch: Stretch; fromMs: number; toMs: number },
): Lane {
  const spans: Span[] = [];
  const marks: LaneMark[] = [];
  let state = start === undefined ? ABSENT : stateOf(start);
  let sinceMs: number | null = null;
  // Of what was before the recording nothing is known.
  const knownFromMs = Math.max(stretch.fromMs, stretch.startMs ?? stretch.fromMs);
  const close = (untilMs: number): void => {
    const kind = kindOf(state);
    const begunMs = sinceMs ?? knownFromMs;
    if (kind === null || untilMs < fromMs || untilMs <= begunMs) return;
    const { term, reason } = state;
    spans.push({ kind, fromMs: Math.max(fromMs, begunMs), toMs: untilMs, sinceMs, term, reason });
  };
  for (const event of events) {
    const next = afterEvent(state, event);
    if (spanKey(next) !== spanKey(state)) {
      close(event.timeMs);
      sinceMs = event.timeMs;
    }
    state = next;
    const mark = event.timeMs < fromMs ? null : markOf(event);
    if (mark !== null) marks.push(mark);
  }
  close(toMs);
  return { nodeId, spans, marks };
}

function stateOf(start: LaneStartView): NodeState {
  const { process, connected, storageFailed, role, voter, term } = start;
  const isDown = process === 'stopped' || process === 'crashed';
  return {
    process: isDown ? 'down' : process === 'frozen' ? 'frozen' : 'up',
    heard: connected,
    failed: storageFailed,
    role: role === 'pre-candidate' ? 'candidate' : role,
    voter,
    term,
    reason: null,
  };
}

/** Differs where one span ends and the next begins; a follower that hears a new term stays one. */
function spanKey(state: NodeState): string {
  const kind = kindOf(state);
  return kind === 'leader' ? `leader ${String(state.term)}` : String(kind);
}

function kindOf({ process, heard, failed, role, voter }: NodeState): SpanKind | null {
  if (process === 'absent') return null;
  if (process === 'down') return 'down';
  if (process === 'frozen') return 'frozen';
  if (!heard) return role === null ? 'starting' : 'unknown';
  if (failed) return 'failed';
  if (role === null) return 'starting';
  return role === 'follower' && !voter ? 'non-voter' : role;
}

function afterEvent(state: NodeState, event: EventView): NodeState {
  const { type, fields, nodeId } = event;
  // Whoever traces is there and is heard, if late; its start may be older than what is known here.
  const process = state.process === 'absent' ? 'up' : state.process;
  const said = event.nodeSequence === null ? state : { ...state, process, heard: true };
  const term = typeof fields['term'] === 'number' ? fields['term'] : state.term;
  switch (type) {
    case 'process-started':
      return { ...ABSENT, process: 'up', term: state.term, voter: state.voter };
    case 'process-found':
      return { ...state, process: 'up', heard: false };
    case 'process-exited':
      return { ...state, process: 'down', failed: false, role: null, reason: exitWords(event) };
    case 'process-frozen':
      return { ...state, process: 'frozen' };
    case 'process-resumed':
      return { ...state, process: 'up' };
    case 'link-lost':
      return { ...state, heard: false };
    case 'link-open':
      return { ...state, heard: true };
    case 'role': {
      const role = roleOf(fields['role']);
      const reason = typeof fields['reason'] === 'string' ? fields['reason'] : null;
      return role === null ? said : { ...said, process: 'up', role, term, reason };
    }
    case 'health':
      // The last that its Raft says: what it was then, it is not any more.
      return { ...said, failed: fields['health'] === 'storage-failed' };
    case 'leader':
      return { ...said, term, role: said.role ?? 'follower' };
    case 'membership':
      return { ...said, voter: voteOf(fields['membership'], nodeId) ?? said.voter };
    default:
      return said;
  }
}

function roleOf(role: unknown): NodeState['role'] {
  if (role === 'pre-candidate') return 'candidate';
  return role === 'follower' || role === 'candidate' || role === 'leader' ? role : null;
}

/** Whether the node has a vote in a traced membership; null when it is not in it. */
function voteOf(membership: unknown, nodeId: string): boolean | null {
  const { members } = (membership ?? {}) as { readonly members?: unknown };
  if (!Array.isArray(members)) return null;
  const found = (members as readonly { readonly id?: unknown; readonly voter?: unknown }[]).find(
    (member) => member.id === nodeId,
  );
  return found === undefined ? null : found.voter === true;
}

/** How a process came to its end, in the words of the timeline. */
export function exitWords({ fields }: EventView): string {
  const { reason, asked } = fields;
  if (asked === 'kill') return 'killed by you';
  if (asked === 'stop') return 'stopped by you';
  return typeof reason === 'string' ? reason : 'ended';
}

function markOf(event: EventView): LaneMark | null {
  const { type, timeMs, fields } = event;
  switch (type) {
    case 'process-exited':
      return { kind: 'crash', timeMs, label: exitWords(event) };
    case 'process-started':
      return { kind: 'start', timeMs, label: 'started' };
    case 'snapshot-taken':
      return { kind: 'snapshot', timeMs, label: `snapshot ${String(fields['index'])}` };
    case 'snapshot-installed':
      return { kind: 'snapshot', timeMs, label: `installed snapshot ${String(fields['index'])}` };
    case 'vote-answered': {
      if (fields['preVote'] === true) return null;
      const granted = fields['granted'] === true;
      const to = `node-${String(fields['candidate'])}`;
      const label = granted ? `voted for ${to}` : `refused ${to}: ${String(fields['reason'])}`;
      return { kind: granted ? 'granted' : 'denied', timeMs, label };
    }
    case 'load-violation':
      return { kind: 'violation', timeMs, label: `not linearizable: ${String(fields['key'])}` };
    case 'load-verdict':
      // What is not linearizable is marked where it happened.
      if (fields['verdict'] === 'not linearizable') return null;
      return {
        kind: fields['verdict'] === 'linearizable' ? 'explained' : 'undecided',
        timeMs,
        label: `load: ${typeof fields['verdict'] === 'string' ? fields['verdict'] : 'no verdict'}`,
      };
    case 'gap':
      return {
        kind: 'gap',
        timeMs,
        label: `${String(fields['missed'])} traced events are missing`,
      };
    default:
      return null;
  }
}
