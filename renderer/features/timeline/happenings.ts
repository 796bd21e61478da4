import type { EventView } from '../../../main/contract/model.ts';
import { formatCount, formatDuration, formatPlural } from '../../ui/format.ts';
import { exitWords } from './lanes.ts';

/** A change of leader. */
export interface Election {
  readonly timeMs: number;
  readonly nodeId: string;
  readonly term: number;
  /** How long there was none before it; null when that did not happen in sight. */
  readonly withoutMs: number | null;
  /** '2 of 3 votes', or null. */
  readonly votes: string | null;
}

/** The elections won in these events, in order of time. */
export function electionsOf(events: readonly EventView[]): readonly Election[] {
  const elections: Election[] = [];
  let leaderId: string | null = null;
  let lostAtMs: number | null = null;
  const votes = new Map<string, string>();
  for (const { type, nodeId, timeMs, fields } of events) {
    if (type === 'vote-received' && fields['preVote'] !== true) {
      votes.set(nodeId, `${String(fields['votes'])} of ${String(fields['needed'])} votes needed`);
    }
    const role = type === 'role' ? fields['role'] : null;
    const steppedDown = nodeId === leaderId && role !== null && role !== 'leader';
    if (nodeId === leaderId && (steppedDown || endsPart(type, fields))) {
      lostAtMs = timeMs;
      leaderId = null;
    } else if (role === 'leader') {
      const term = typeof fields['term'] === 'number' ? fields['term'] : 0;
      const withoutMs = lostAtMs === null ? null : timeMs - lostAtMs;
      elections.push({ timeMs, nodeId, term, withoutMs, votes: votes.get(nodeId) ?? null });
      [leaderId, lostAtMs] = [nodeId, null];
      votes.clear();
    }
  }
  return elections;
}

/** Whether a node takes no part from here on, whatever it was. */
function endsPart(type: string, fields: EventView['fields']): boolean {
  if (type === 'health') return fields['health'] === 'storage-failed';
  return type === 'process-exited' || type === 'process-frozen';
}

/** A fault that was in force for a while. */
export interface FaultSpan {
  readonly id: string;
  readonly nodeId: string;
  readonly label: string;
  readonly fromMs: number;
  /** Null while it is in force. */
  readonly toMs: number | null;
}

export function faultSpansOf(events: readonly EventView[]): readonly FaultSpan[] {
  const spans = new Map<string, FaultSpan>();
  // A fault ends with the process that it is in, and the next process counts its faults from the first.
  const processes = new Map<string, number>();
  for (const { type, nodeId, timeMs, fields } of events) {
    const process = processes.get(nodeId) ?? 0;
    if (type === 'process-exited' || type === 'process-started') {
      for (const [key, span] of spans) {
        if (span.nodeId === nodeId && span.toMs === null) spans.set(key, { ...span, toMs: timeMs });
      }
      processes.set(nodeId, process + 1);
    }
    if (type !== 'fault') continue;
    const id = String(fields['id']);
    const key = `${nodeId}/${String(process)}/${id}`;
    const known = spans.get(key);
    if (fields['state'] === 'in force') {
      const label = `node-${nodeId}: ${String(fields['description'])}`;
      if (known === undefined) spans.set(key, { id, nodeId, label, fromMs: timeMs, toMs: null });
    } else if (known !== undefined) spans.set(key, { ...known, toMs: timeMs });
  }
  return [...spans.values()];
}

/** A vote as it went from the candidate to the voter. */
export interface VoteCurve {
  readonly from: string;
  readonly fromMs: number;
  readonly to: string;
  readonly toMs: number;
  readonly granted: boolean;
}

export function voteCurvesOf(events: readonly EventView[]): readonly VoteCurve[] {
  const asked = new Map<string, number>();
  const curves: VoteCurve[] = [];
  for (const { type, nodeId, timeMs, fields } of events) {
    if (fields['preVote'] === true) continue;
    if (type === 'vote-requested') {
      asked.set(`${nodeId} ${String(fields['to'])} ${String(fields['term'])}`, timeMs);
    } else if (type === 'vote-answered') {
      const from = String(fields['candidate']);
      const fromMs = asked.get(`${from} ${nodeId} ${String(fields['term'])}`);
      if (fromMs === undefined || from === nodeId) continue;
      const granted = fields['granted'] === true;
      curves.push({ from, fromMs, to: nodeId, toMs: timeMs, granted });
    }
  }
  return curves;
}

/** One event as a sentence, for whoever steps through them. */
export function describeEvent(event: EventView): string {
  const { type, nodeId, fields } = event;
  const name = `node-${nodeId}`;
  const term = String(fields['term']);
  const kind = fields['preVote'] === true ? 'pre-vote' : 'vote';
  switch (type) {
    case 'role':
      return `${name} is ${String(fields['role'])} in term ${term}: ${String(fields['reason'])}`;
    case 'leader':
      return typeof fields['leaderId'] !== 'string'
        ? `${name} knows no leader in term ${term}`
        : `${name} follows node-${fields['leaderId']} in term ${term}`;
    case 'vote-requested':
      return `${name} asks node-${String(fields['to'])} for its ${kind} in term ${term}`;
    case 'vote-answered': {
      const did = fields['granted'] === true ? 'grants' : 'refuses';
      const why = fields['granted'] === true ? '' : `: ${String(fields['reason'])}`;
      return `${name} ${did} node-${String(fields['candidate'])} its ${kind} in term ${term}${why}`;
    }
    case 'vote-received': {
      const tally = `${String(fields['votes'])} of ${String(fields['needed'])} needed`;
      return `${name} has the ${kind} of node-${String(fields['from'])}: ${tally}`;
    }
    case 'committed':
      return `${name} commits entry ${String(fields['commitIndex'])}, the first of term ${term}`;
    case 'truncated':
      return `${name} removes its entries from ${String(fields['fromIndex'])} on`;
    case 'process-started':
      return `${name} was started`;
    case 'process-found':
      return `${name} was found running`;
    case 'process-exited':
      return `${name} ended: ${exitWords(event)}`;
    case 'process-frozen':
      return `${name} was frozen`;
    case 'process-resumed':
      return `${name} goes on`;
    case 'link-open':
      return `${name} answers on its port`;
    case 'link-lost':
      return `${name} does not answer any more`;
    case 'link':
      return `${name} ${fields['connected'] === true ? 'has' : 'lost'} its link to node-${String(fields['peer'])}`;
    case 'membership': {
      const { members } = (fields['membership'] ?? {}) as { readonly members?: readonly unknown[] };
      const count = formatPlural(members?.length ?? 0, 'member');
      const done = fields['committed'] === true ? 'committed' : 'in force';
      return `${name} has ${count}, ${done} as of entry ${String(fields['index'])}`;
    }
    case 'snapshot-taken':
      return `${name} took a snapshot at entry ${count(fields['index'])}`;
    case 'snapshot-installed':
      return `${name} installed a snapshot at entry ${count(fields['index'])}`;
    case 'health':
      return `${name} has stopped: ${String(fields['reason'])}`;
    case 'fault':
      return `${name}: ${String(fields['description'])}, ${String(fields['state'])}`;
    case 'load-started':
    case 'load-ended':
    case 'load-violation':
    case 'load-verdict':
      return describeLoad(event);
    case 'gap':
      return `${count(fields['missed'])} traced events of ${name} are missing`;
    default:
      return `${name}: ${type.replaceAll('-', ' ')}`;
  }
}

/** What a load tells, as a sentence. */
function describeLoad({ type, fields }: EventView): string {
  const { verdict } = fields;
  switch (type) {
    case 'load-started':
      return `a load began: ${count(fields['opsPerSecond'])} operations a second`;
    case 'load-ended':
      return `the load ended: ${count(fields['done'])} operations done`;
    case 'load-violation':
      return `not linearizable: the ${String(fields['action'])} of ${String(fields['value'])} on ${String(fields['key'])}`;
    default:
      return typeof verdict !== 'string'
        ? `no verdict on the load: ${String(fields['problem'])}`
        : `the load was ${verdict}: ${count(fields['operations'])} operations checked`;
  }
}

function count(value: unknown): string {
  return typeof value === 'number' ? formatCount(value) : '?';
}

/** 'elected in 0.62 s, 2 of 3 votes'. */
export function electionWords({ nodeId, withoutMs, votes }: Election): string {
  const took = withoutMs === null ? '' : ` after ${formatDuration(withoutMs)} without a leader`;
  return `node-${nodeId} elected${took}${votes === null ? '' : `, ${votes}`}`;
}
