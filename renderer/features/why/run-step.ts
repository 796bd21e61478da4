import type { ClusterView } from '../../../main/contract/model.ts';
import type { Result } from '../../../main/contract/errors.ts';
import type { AppState } from '../../state/app-state.ts';
import { act } from '../act.ts';
import { copyAndSay } from '../copy-and-say.ts';
import { electionCommand, redisCli, signalCommand } from '../nodes/commands.ts';
import type { Step } from './verdict.ts';

/** Whether a step changes the cluster, and so waits for the present. */
export function acts({ kind }: Step): boolean {
  return kind !== 'copy' && kind !== 'show';
}

/** One key per step, so that it is not asked for twice at once. */
export function stepKey({ id }: ClusterView, step: Step): string {
  return `why/${id}/${step.label}`;
}

/** Takes the step that was offered. */
export function runStep(app: AppState, view: ClusterView, step: Step): void {
  switch (step.kind) {
    case 'copy':
      copyAndSay(app, step.text);
      return;
    case 'show':
      if (step.screen === 'output') app.output.setState({ nodeId: step.nodeId });
      app.route.go({ screen: step.screen, nodeId: step.nodeId });
      return;
    case 'rebuild':
      app.route.go({ screen: 'overview', nodeId: step.nodeId });
      app.wishes.make({ kind: 'rebuild', nodeId: step.nodeId });
      return;
    default:
      void act(app, {
        key: stepKey(view, step),
        what: step.label,
        call: () => callFor(app, view.id, step),
      });
  }
}

type ActingStep = Exclude<Step, { readonly kind: 'copy' | 'show' | 'rebuild' }>;

function callFor(app: AppState, clusterId: string, step: ActingStep): Promise<Result<unknown>> {
  const { api } = app;
  switch (step.kind) {
    case 'start':
      return allOf(step.nodeIds.map((nodeId) => () => api.startNode({ clusterId, nodeId })));
    case 'heal':
      return allOf(step.faults.map((fault) => () => api.healFaults({ clusterId, ...fault })));
    case 'resume':
      return api.resumeNode({ clusterId, nodeId: step.nodeId });
    case 'restart':
      return api.restartNode({ clusterId, nodeId: step.nodeId });
    case 'election':
      return api.sendCommand({
        clusterId,
        nodeId: step.nodeId,
        args: ['RAFT', 'TIMEOUT'],
        followRedirects: false,
      });
  }
}

/** All at the same time; the first that failed is what is said. */
async function allOf(calls: readonly (() => Promise<Result<unknown>>)[]): Promise<Result<unknown>> {
  const results = await Promise.all(calls.map((call) => call()));
  return results.find(({ ok }) => !ok) ?? { ok: true, value: null };
}

/** The same as lines for a terminal; null where no line does it. */
export function stepCommand({ nodes }: ClusterView, step: Step): string | null {
  const find = (id: string) => nodes.find((node) => node.id === id);
  switch (step.kind) {
    case 'copy':
      return step.text;
    case 'show':
    case 'rebuild':
      return null;
    case 'start':
      return step.nodeIds.flatMap((id) => find(id)?.startCommand ?? []).join('\n');
    case 'heal': {
      const lines = step.faults.flatMap(({ nodeId, faultId }) => {
        const address = find(nodeId)?.clientAddress;
        return address === undefined ? [] : redisCli(address, ['RAFT', 'FAULT', 'HEAL', faultId]);
      });
      return lines.join('\n');
    }
    case 'resume': {
      const node = find(step.nodeId);
      return node === undefined ? null : signalCommand('CONT', node);
    }
    case 'restart': {
      const node = find(step.nodeId);
      const stop = node === undefined ? null : signalCommand('TERM', node);
      return stop === null ? null : `${stop}\n${node?.startCommand ?? ''}`;
    }
    case 'election': {
      const node = find(step.nodeId);
      return node === undefined ? null : electionCommand(node);
    }
  }
}
