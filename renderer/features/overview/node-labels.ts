import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { exitOf } from '../nodes/face.ts';
import { type Campaign, roundsOf } from '../../state/campaigns.ts';
import { leaderLastIndex } from '../../state/history.ts';
import { NONE, formatCount, formatDuration, formatPlural } from '../../ui/format.ts';
import type { NodeFacts } from './node-facts.ts';

/** The two lines beside a node: the fact, and its age. */
export interface NodeLabel {
  readonly fact: string;
  readonly age: string;
  readonly tone: 'normal' | 'danger' | 'non-voter';
}

/** What stands beside a node on the ring. */
export function labelOf(
  facts: NodeFacts,
  view: ClusterView,
  campaign: Campaign | null,
  nowMs: number,
): NodeLabel {
  const { node, face, matchIndex, lag, lags } = facts;
  const normal = (fact: string, age: string): NodeLabel => ({ fact, age, tone: 'normal' });
  switch (face.kind) {
    case 'leader': {
      const { leaderChangedAtMs, leaderId } = view.health;
      const since = leaderId === node.id ? leaderChangedAtMs : null;
      return normal(
        `last ${countOr(leaderLastIndex(view))}`,
        since === null ? 'leads' : `leads for ${formatDuration(nowMs - since)}`,
      );
    }
    case 'follower':
      return {
        fact: lag === null ? `last ${countOr(node.status?.lastIndex)}` : lagText(lag),
        age: heardText(node),
        tone: lags ? 'danger' : 'normal',
      };
    case 'non-voter':
      return {
        fact: lag === null ? face.word.toLowerCase() : catchUpText(facts, view),
        age: lag === null ? heardText(node) : lagText(lag),
        tone: 'non-voter',
      };
    case 'candidate':
      return candidateLabel(node, view, campaign);
    case 'down': {
      const since =
        node.exitedAtMs === null ? '' : ` ${formatDuration(nowMs - node.exitedAtMs)} ago`;
      const had = `last had ${countOr(matchIndex)}`;
      const how = exitOf(node);
      return normal(`${how}${since}`, how === 'ended' ? exitText(node) : had);
    }
    case 'frozen':
      return normal(silence(node, nowMs, 'frozen'), 'F resumes');
    case 'failed':
      return { fact: face.word.toLowerCase(), age: 'takes no part', tone: 'danger' };
    case 'unknown':
      return normal(face.word.toLowerCase(), silence(node, nowMs, 'silent for'));
  }
}

function candidateLabel(
  { status }: NodeView,
  view: ClusterView,
  campaign: Campaign | null,
): NodeLabel {
  const term = `in term ${countOr(status?.term)}`;
  if (campaign === null) return { fact: 'asks for votes', age: term, tone: 'normal' };
  const rounds = roundsOf(campaign);
  return {
    fact: `${String(campaign.votes)} of ${formatPlural(view.health.quorum, 'vote')}`,
    age: rounds > 1 ? `asked ${formatCount(rounds)} times` : term,
    tone: 'normal',
  };
}

function countOr(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : formatCount(value);
}

export function lagText(lag: number): string {
  return lag === 0 ? 'up to date' : `${formatCount(lag)} behind`;
}

function heardText({ status }: NodeView): string {
  const contact = status?.leaderContactMs ?? null;
  return contact === null ? 'hears no leader' : `heard ${formatDuration(contact)} ago`;
}

function silence({ heardAtMs }: NodeView, nowMs: number, word: string): string {
  return heardAtMs === null ? 'never heard' : `${word} ${formatDuration(nowMs - heardAtMs)}`;
}

/** How a process ended, in short: a long reason is for the inspector. */
function exitText({ exitReason }: NodeView): string {
  return exitReason === null ? 'no reason known' : (exitReason.split(':')[0] ?? exitReason);
}

/** How much of the log a node has that is catching up, 0 to 1; of its snapshot while that is sent. */
export function catchUpShare({ progress, lag }: NodeFacts, view: ClusterView): number {
  if (progress === null || lag === null) return 0;
  if (progress.state === 'snapshot' && progress.snapshotSizeBytes !== null) {
    return (progress.snapshotSentBytes ?? 0) / Math.max(1, progress.snapshotSizeBytes);
  }
  const leader = view.nodes.find(({ id }) => id === view.health.leaderId)?.status;
  if (leader === null || leader === undefined) return 0;
  const total = leader.lastIndex - leader.firstIndex + 1;
  if (total <= 0) return 1;
  return Math.max(0, Math.min(1, (total - lag) / total));
}

function catchUpText(facts: NodeFacts, view: ClusterView): string {
  const percent = Math.floor(catchUpShare(facts, view) * 100);
  const what = facts.progress?.state === 'snapshot' ? 'snapshot' : 'caught up';
  return what === 'snapshot' ? `snapshot ${String(percent)} %` : `${String(percent)} % ${what}`;
}
