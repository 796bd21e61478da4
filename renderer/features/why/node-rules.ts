import { formatCount, formatDuration, formatPlural, NONE } from '../../ui/format.ts';
import { isDamaged } from '../membership/rebuild.ts';
import { exitOf } from '../nodes/face.ts';
import { ableCount, endedOverStorage, furtherLog, isRunning } from './evidence.ts';
import type { Survey, Voter, VoterState } from './evidence.ts';
import type { EvidenceItem, Finding, Step } from './verdict.ts';
import { areOrIs, inOrder, listed, namesOf, said, seenByHost, tally } from './words.ts';

/*
 * The causes that lie in single nodes. Each holds only when too few voters are left without the nodes
 * that it is about: a node that is down explains nothing while the others are enough.
 */

function inState(survey: Survey, state: VoterState): readonly Voter[] {
  return survey.voters.filter((voter) => voter.state === state);
}

function tooFew(survey: Survey): boolean {
  return ableCount(survey) < survey.needed;
}

/** 1: fewer voters run than are needed. */
export function votersDown(survey: Survey): Finding {
  const running = survey.voters.filter(isRunning);
  const down = inState(survey, 'down');
  const looked = 'Voters that run';
  const seen = `${String(running.length)} of ${String(survey.voters.length)}`;
  const clear: Finding = { rule: 'voters-down', verdict: null, looked, seen };
  if (running.length >= survey.needed || down.length === 0) return clear;
  const startable = down.filter((voter) => !endedOverStorage(voter));
  const suffices = running.length + startable.length >= survey.needed;
  const isAll = startable.length === down.length && inState(survey, 'unknown').length === 0;
  // Starting what can be started would not be enough: the cause lies in what cannot.
  if (!suffices && !isAll) return clear;
  const best = [...startable].sort((left, right) => furtherLog(right.status, left.status));
  const missing = Math.max(1, survey.needed - running.length);
  return {
    ...clear,
    verdict: {
      rule: 'voters-down',
      sentence: `${namesOf(down)} ${downWords(down)}.`,
      consequence: tally(running.length, survey, running.length === 1 ? 'runs' : 'run'),
      nodeIds: down.map(({ id }) => id),
      steps: startSteps(best, missing),
      hint: behindHint(best, running),
      evidence: inOrder([...down.map(exitItem), ...running.map(roleItem)]),
    },
  };
}

function downWords(down: readonly Voter[]): string {
  const ends = new Set(down.map(({ node }) => (node === null ? 'stopped' : exitOf(node))));
  const [only] = ends;
  if (ends.size === 1 && only === 'killed') return down.length === 1 ? 'was killed' : 'were killed';
  return `${areOrIs(down)} ${ends.size === 1 && only === 'stopped' ? 'stopped' : 'down'}`;
}

/** As few as are needed first; then all of them. */
function startSteps(best: readonly Voter[], missing: number): readonly Step[] {
  const first = best.slice(0, missing);
  const few: Step = { kind: 'start', nodeIds: idsOf(first), label: `Start ${namesOf(first)}` };
  if (best.length <= missing) return [few];
  const label = best.length === 2 ? 'Start both' : `Start all ${String(best.length)}`;
  return [few, { kind: 'start', nodeIds: idsOf(best), label }];
}

function idsOf(voters: readonly Voter[]): readonly string[] {
  return voters.map(({ id }) => id);
}

function behindHint(down: readonly Voter[], running: readonly Voter[]): string | null {
  const [most] = [...running].sort((left, right) => furtherLog(right.status, left.status));
  if (most?.status === undefined || most.status === null) return null;
  const { lastIndex, lastTerm } = most.status;
  const parts = down.flatMap(({ name, status }) => {
    if (status === null) return [];
    if (furtherLog(status, most.status) > 0) return [`${name} has entries that ${most.name} lacks`];
    const behind = lastIndex - status.lastIndex;
    if (status.lastTerm !== lastTerm || behind <= 0) return [];
    const entries = formatPlural(behind, 'entry', 'entries');
    return [`${name} is ${entries} behind ${most.name}`];
  });
  return parts.length === 0 ? null : `${parts.join('; ')}.`;
}

function exitItem({ name, node }: Voter): EvidenceItem {
  const word = node === null ? 'stopped' : exitOf(node);
  const why = node?.exitReason ?? null;
  const text =
    why?.startsWith('not started: ') === true
      ? `was ${why}`
      : word === 'ended' && why !== null
        ? `ended: ${why}`
        : `was ${word}`;
  return seenByHost(`${name} ${text}`, node?.exitedAtMs ?? 0);
}

function roleItem(voter: Voter): EvidenceItem {
  const { status, node } = voter;
  if (status === null)
    return seenByHost(`${voter.name} runs and has not answered yet`, node?.startedAtMs ?? 0);
  return said(voter, `${voter.name} is a ${status.role} in term ${formatCount(status.term)}`);
}

/** 3: the members count nodes that do not exist here, or were removed. */
export function unknownMembers(survey: Survey): Finding {
  const unknown = inState(survey, 'unknown');
  const running = survey.voters.filter(isRunning);
  const known = survey.voters.length - unknown.length;
  const seen = `${String(known)} of ${String(survey.voters.length)} known`;
  const clear: Finding = { rule: 'unknown-members', verdict: null, looked: 'Member list', seen };
  if (unknown.length === 0 || running.length >= survey.needed) return clear;
  const names = listed(unknown.map(({ node, name }) => node?.name ?? name));
  const removed = unknown.every(({ node }) => node?.removed === true);
  const why = removed ? 'which were removed' : 'which do not exist here';
  const single = removed ? 'which was removed' : 'which does not exist here';
  const [best] = [...running].sort((left, right) => furtherLog(right.status, left.status));
  return {
    ...clear,
    verdict: {
      rule: 'unknown-members',
      sentence: `The members still count ${names}, ${unknown.length === 1 ? single : why}.`,
      consequence: tally(running.length, survey, running.length === 1 ? 'runs' : 'run'),
      nodeIds: idsOf(unknown),
      steps: best === undefined ? [] : [rescueStep(survey, best), showOutput(best)],
      hint:
        'Only a leader can change the members. If those nodes are gone for good, save the data of ' +
        'a node that is left and restore it into a new cluster.',
      evidence: running.map((voter) => {
        const { membershipIndex = 0, members = [] } = voter.status ?? {};
        const ids = members.map(({ id }) => id).join(', ');
        return said(voter, `members since entry ${formatCount(membershipIndex)}: ${ids}`);
      }),
    },
  };
}

/** The one way to what a cluster without a quorum holds: a file that a new cluster is made of. */
function rescueStep({ view }: Survey, { name, node }: Voter): Step {
  const address = node?.clientAddress ?? '127.0.0.1:7481';
  const file = `${view.id}-${name}.snapshot`;
  const text = `raftdeck snapshot -a ${address} ${file}`;
  return { kind: 'copy', text, label: `Copy the command that saves ${name}’s data` };
}

function showOutput({ id, name }: Pick<Voter, 'id' | 'name'>): Step {
  return { kind: 'show', screen: 'output', nodeId: id, label: `Show the output of ${name}` };
}

/** 8: a vote must be on disk before it is given, and the disk takes longer than an election may. */
export function slowDisk(survey: Survey): Finding {
  const slow = inState(survey, 'slow');
  const times = survey.voters.flatMap(({ diskMs }) => (diskMs === null ? [] : [diskMs]));
  const worst = times.length === 0 ? null : Math.max(...times);
  const seen = worst === null ? 'nothing written lately' : formatDuration(worst);
  const clear: Finding = { rule: 'slow-disk', verdict: null, looked: 'Disk writes', seen };
  if (slow.length === 0 || !tooFew(survey)) return clear;
  const { min, max } = survey.timeoutMs;
  const owners = listed(slow.map(({ name }) => `${name}’s`));
  const need = slow.length === 1 ? 'disk needs' : 'disks need';
  return {
    ...clear,
    verdict: {
      rule: 'slow-disk',
      sentence: `${owners} ${need} ${formatDuration(worst ?? 0)} per write.`,
      consequence:
        `A vote must be on disk before it is given, and elections time out after ` +
        `${formatCount(min)}–${formatCount(max)} ms.`,
      nodeIds: idsOf(slow),
      steps: [
        ...healSteps(slow, ['disk-slow'], 'Take the delay off the disk'),
        { kind: 'show', screen: 'metrics', nodeId: slow[0]?.id ?? null, label: 'Show disk times' },
      ],
      hint: null,
      evidence: slow.flatMap((voter) => [
        said(voter, `${voter.name}: writes take ${formatDuration(voter.diskMs ?? 0)}`),
        ...faultItems(voter, ['disk-slow']),
      ]),
    },
  };
}

function faultItems(voter: Voter, kinds: readonly string[]): readonly EvidenceItem[] {
  const faults = (voter.status?.faults ?? []).filter(({ kind }) => kinds.includes(kind));
  return faults.map((fault) => said(voter, `${fault.description}: ${fault.measured}`));
}

function healSteps(
  voters: readonly Voter[],
  kinds: readonly string[],
  label: string,
): readonly Step[] {
  const faults = voters.flatMap(({ id: nodeId, status }) =>
    (status?.faults ?? [])
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ id: faultId }) => ({ nodeId, faultId })),
  );
  return faults.length === 0 ? [] : [{ kind: 'heal', faults, label }];
}

const DISK_FAULTS = ['disk-full', 'disk-fsync-error'] as const;

/** 9: a node cannot use what it stored, and takes no part. */
export function storage(survey: Survey): Finding {
  const ended = survey.voters.filter(endedOverStorage);
  const culprits = [...inState(survey, 'damaged'), ...ended];
  const able = survey.voters.length - culprits.length;
  const seen =
    culprits.length === 0
      ? 'readable everywhere'
      : `${String(able)} of ${String(survey.voters.length)} in use`;
  const clear: Finding = { rule: 'storage', verdict: null, looked: 'Stored state', seen };
  const [first] = culprits;
  if (first === undefined || !tooFew(survey)) return clear;
  const others = culprits.slice(1);
  const also = others.length === 0 ? '' : ` ${namesOf(others)} cannot either.`;
  const startable = inState(survey, 'down').filter((voter) => !endedOverStorage(voter));
  const failed = culprits.filter(({ status, state }) => {
    return state === 'damaged' && status?.health === 'storage-failed';
  });
  return {
    ...clear,
    verdict: {
      rule: 'storage',
      sentence: `${first.name} cannot use its data: ${storageReason(first)}.${also}`,
      consequence: tally(ableCount(survey), survey, 'can vote'),
      nodeIds: idsOf(culprits),
      steps: [
        ...(startable.length === 0 ? [] : startSteps(startable, 1)),
        ...healSteps(failed, DISK_FAULTS, 'Heal the disk first'),
        ...failed.map(({ id, name }): Step => ({
          kind: 'restart',
          nodeId: id,
          label: `Restart ${name}`,
        })),
        ...rebuildSteps(survey, culprits),
        showOutput(first),
      ],
      hint: `Its folder is ${first.node?.directory ?? NONE}. Nothing in it was changed.`,
      evidence: inOrder(
        culprits.map((voter) =>
          voter.state === 'down'
            ? exitItem(voter)
            : said(voter, `${voter.name}: ${storageReason(voter)}`),
        ),
      ),
    },
  };
}

/** One that is beyond use gets its data from the leader anew; without a leader from nobody. */
function rebuildSteps({ question }: Survey, culprits: readonly Voter[]): readonly Step[] {
  if (question === 'no-leader') return [];
  return culprits
    .filter(({ node }) => node !== null && isDamaged(node))
    .map(({ id, name }) => ({
      kind: 'rebuild',
      nodeId: id,
      label: `Rebuild ${name} from the leader…`,
    }));
}

function storageReason({ status, node, state }: Voter): string {
  const reason = state === 'down' ? node?.exitReason : status?.healthReason;
  return (reason ?? 'it does not say why').replace(/\.$/, '');
}

/** 10: a voter came back without the data that it had, and must not vote again. */
export function lostIdentity(survey: Survey): Finding {
  const lost = inState(survey, 'lost');
  const seen = lost.length === 0 ? 'all with their data' : `${String(lost.length)} without data`;
  const clear: Finding = { rule: 'lost-identity', verdict: null, looked: 'Identity', seen };
  const [first] = lost;
  if (first === undefined || !tooFew(survey)) return clear;
  const able = survey.voters.filter(({ state }) => state === 'able');
  const [best] = [...able].sort((left, right) => furtherLog(right.status, left.status));
  const startable = inState(survey, 'down').filter((voter) => !endedOverStorage(voter));
  return {
    ...clear,
    verdict: {
      rule: 'lost-identity',
      sentence: `${namesOf(lost)} came back without ${lost.length === 1 ? 'its' : 'their'} data.`,
      consequence:
        'Whoever has forgotten its votes must not vote again under the same id. ' +
        tally(ableCount(survey), survey, 'can vote'),
      nodeIds: idsOf(lost),
      steps: [
        ...(startable.length === 0 ? [] : startSteps(startable, 1)),
        ...(best === undefined ? [] : [rescueStep(survey, best)]),
        showOutput(first),
      ],
      hint: wayBack(lost, able.length === 0),
      evidence: lost.flatMap((voter) => lostItems(survey, voter)),
    },
  };
}

/** How a node that has lost its data, or its cluster, comes back. */
function wayBack(lost: readonly Voter[], isAll: boolean): string {
  if (!lost.every(({ status }) => status?.backend === 'memory')) {
    return 'With the old folder back in its place it takes part again; else it joins as a new peer.';
  }
  return isAll
    ? 'A log in memory is gone with its process, and no other node has it: delete this cluster and start another.'
    : 'A log in memory is gone with its process: a node comes back as a new peer.';
}

function lostItems(survey: Survey, voter: Voter): readonly EvidenceItem[] {
  const own = voter.node?.linkError ?? voter.status?.healthReason ?? 'it holds no entries';
  const others = survey.voters.flatMap((other) =>
    (other.status?.links ?? []).flatMap(({ id, lastError }) =>
      id === voter.id && lastError !== null ? [said(other, lastError)] : [],
    ),
  );
  return [said(voter, `${voter.name}: ${own}`), ...others.slice(0, 1)];
}

/** 12: its process exists and does nothing. */
export function frozen(survey: Survey): Finding {
  const still = [...inState(survey, 'frozen'), ...inState(survey, 'silent')];
  const answering = survey.voters.filter(isRunning).length - still.length;
  const seen = `${String(answering)} of ${String(survey.voters.length)}`;
  const clear: Finding = { rule: 'frozen', verdict: null, looked: 'Voters that answer', seen };
  if (still.length === 0 || !tooFew(survey)) return clear;
  const first = still[0];
  const isFrozen = still.every(({ state }) => state === 'frozen');
  const sinceMs = first?.node?.heardAtMs ?? null;
  const age = sinceMs === null ? '' : ` for ${formatDuration(survey.nowMs - sinceMs)}`;
  const run = `${namesOf(still)} ${still.length === 1 ? 'runs' : 'run'}, but`;
  return {
    ...clear,
    verdict: {
      rule: 'frozen',
      sentence: isFrozen
        ? `${namesOf(still)} ${areOrIs(still)} frozen.`
        : `${run} ${still.length === 1 ? 'has' : 'have'} not answered${age}.`,
      consequence: tally(ableCount(survey), survey, ableCount(survey) === 1 ? 'answers' : 'answer'),
      nodeIds: idsOf(still),
      steps: still.map(({ id, name, state }) =>
        state === 'frozen'
          ? { kind: 'resume', nodeId: id, label: `Resume ${name}` }
          : { kind: 'restart', nodeId: id, label: `Restart ${name}` },
      ),
      hint: null,
      evidence: inOrder(still.map((voter) => stillItem(survey, voter))),
    },
  };
}

function stillItem({ marks }: Survey, { id, name, node, state }: Voter): EvidenceItem {
  if (state === 'silent') return seenByHost(`${name} was last heard`, node?.heardAtMs ?? 0);
  const stop = marks.findLast(({ type, nodeId }) => type === 'process-frozen' && nodeId === id);
  return seenByHost(`${name} was stopped by a signal`, stop?.timeMs ?? node?.heardAtMs ?? 0);
}
