import type { Result } from '../../../main/contract/errors.ts';
import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { act } from '../act.ts';
import type { FaultPlan } from './fault-plan.ts';

/** Puts a plan in force: all its parts at the same time, each told to its node. */
export function applyPlan(
  app: AppState,
  view: ClusterView,
  plan: FaultPlan,
  { what, leaseMs }: { readonly what: string; readonly leaseMs: number },
): void {
  void act(app, {
    key: `fault/${view.id}`,
    what,
    call: () => setAll(app, view.id, plan, leaseMs),
  });
}

/** Freezes or kills a node, and sees to it that it comes back when the lease is over. */
export function strikeProcess(
  app: AppState,
  view: ClusterView,
  node: NodeView,
  { how, leaseMs }: { readonly how: 'freeze' | 'kill'; readonly leaseMs: number },
): void {
  const ref = { clusterId: view.id, nodeId: node.id };
  void act(app, {
    key: `${how}/${view.id}/${node.id}`,
    what: `${how === 'kill' ? 'Kill' : 'Freeze'} ${node.name}`,
    call: async () => {
      const done = how === 'kill' ? await app.api.killNode(ref) : await app.api.freezeNode(ref);
      return done.ok ? app.api.leaseProcess({ ...ref, leaseMs }) : done;
    },
  });
}

async function setAll(
  app: AppState,
  clusterId: string,
  { faults }: FaultPlan,
  leaseMs: number,
): Promise<Result<unknown>> {
  const results = await Promise.all(
    faults.map(({ nodeId, fault }) => app.api.setFault({ clusterId, nodeId, fault, leaseMs })),
  );
  const failures = results.flatMap((result) => (result.ok ? [] : [result.error]));
  const [first] = failures;
  if (first === undefined) return { ok: true, value: null };
  if (results.length === 1) return { ok: false, error: first };
  const done = results.length - failures.length;
  const { code, message } = first;
  const parts = `${String(done)} of ${String(results.length)} parts are in force.`;
  return { ok: false, error: { code, message: `${parts} ${message}` } };
}
