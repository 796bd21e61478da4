import type { EventView } from '../../../main/contract/model.ts';
import type { Survey } from './evidence.ts';

/** A term in which several stood and nobody won. */
export interface SplitVote {
  readonly term: number;
  readonly candidates: readonly string[];
  /** Time between the first two who stood, ms. */
  readonly apartMs: number;
  readonly atMs: number;
}

/** Votes that were refused to one candidate by one voter for one reason. */
export interface Refusals {
  readonly candidate: string;
  readonly voter: string;
  readonly count: number;
  readonly lastMs: number;
}

/** A round trip between two voters, from a vote asked for to its answer. */
export interface RoundTrip {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
  readonly atMs: number;
}

/** The terms of these events in which the votes were split. */
export function splitVotes({ recent }: Pick<Survey, 'recent'>): readonly SplitVote[] {
  const stood = new Map<number, EventView[]>();
  const won = new Set<number>();
  for (const event of recent) {
    const term = event.fields['term'];
    if (event.type !== 'role' || typeof term !== 'number') continue;
    if (event.fields['role'] === 'leader') won.add(term);
    if (event.fields['role'] === 'candidate') stood.set(term, [...(stood.get(term) ?? []), event]);
  }
  return [...stood].flatMap(([term, events]) => {
    const [first, second] = events;
    const candidates = [...new Set(events.map(({ nodeId }) => nodeId))];
    if (won.has(term) || candidates.length < 2 || first === undefined || second === undefined) {
      return [];
    }
    const apartMs = Math.abs(second.timeMs - first.timeMs);
    return [{ term, candidates, apartMs, atMs: first.timeMs }];
  });
}

/** Who was refused by whom for `reason`, the most often refused first. */
export function refusalsFor(
  { recent }: Pick<Survey, 'recent'>,
  reason: string,
): readonly Refusals[] {
  const found = new Map<string, Refusals>();
  for (const { type, nodeId, timeMs, fields } of recent) {
    const candidate = fields['candidate'];
    if (type !== 'vote-answered' || fields['granted'] === true) continue;
    if (fields['reason'] !== reason || typeof candidate !== 'string') continue;
    const key = `${candidate} ${nodeId}`;
    const count = (found.get(key)?.count ?? 0) + 1;
    found.set(key, { candidate, voter: nodeId, count, lastMs: timeMs });
  }
  return [...found.values()].sort((left, right) => right.count - left.count);
}

/** Every vote whose question and answer one node has seen, both on its own clock. */
export function voteRoundTrips({ recent }: Pick<Survey, 'recent'>): readonly RoundTrip[] {
  const asked = new Map<string, number>();
  const trips: RoundTrip[] = [];
  for (const { type, nodeId, timeMs, fields } of recent) {
    const isQuestion = type === 'vote-requested';
    const other = isQuestion ? fields['to'] : fields['from'];
    if ((!isQuestion && type !== 'vote-received') || typeof other !== 'string') continue;
    if (other === nodeId) continue;
    const key = `${nodeId} ${other} ${String(fields['preVote'])}`;
    const askedMs = asked.get(key);
    // Asked again before an answer: the question before may have been lost, so the latest counts.
    if (isQuestion) asked.set(key, timeMs);
    else if (askedMs !== undefined) {
      asked.delete(key);
      trips.push({ from: nodeId, to: other, ms: timeMs - askedMs, atMs: timeMs });
    }
  }
  return trips;
}
