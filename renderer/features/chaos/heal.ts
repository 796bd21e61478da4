import type { HealedFaults } from '../../../main/contract/fault.ts';
import type { Result } from '../../../main/contract/errors.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { formatPlural } from '../../ui/format.ts';
import { act } from '../act.ts';
import { type ActiveFault, activeFaultsOf } from './active-faults.ts';

/** Ends everything that is out of order on purpose: faults, frozen processes, killed ones. */
export function healEverything(app: AppState, view: ClusterView): void {
  const rows = activeFaultsOf(view, view.timeMs);
  if (rows.length === 0) {
    app.toasts.show({ tone: 'info', text: `Nothing is broken on purpose in ${view.name}.` });
    return;
  }
  const stopped = stoppedByFaults(view, rows);
  void act(app, {
    key: `heal/${view.id}`,
    what: 'Heal everything',
    call: () => healAll(app, view.id, rows, stopped),
    done: ({ healed, unreached }) => ({
      text: `Healed: ${healedWords(rows, healed, stopped.length)}.${unreachedWords(view, unreached)}`,
    }),
  });
}

/** A node that cannot store what it must ends its part in the cluster for good, until it is restarted. */
const STOPPING: ReadonlySet<string> = new Set(['disk-full', 'disk-fsync-error']);

/** The nodes that these faults have stopped: a healed disk alone does not bring them back. */
export function stoppedByFaults(
  view: ClusterView,
  rows: readonly Pick<ActiveFault, 'parts'>[],
): readonly string[] {
  const struck = rows.flatMap(({ parts }) =>
    parts.flatMap(({ nodeId, fault }) => (STOPPING.has(fault.kind) ? [nodeId] : [])),
  );
  return view.nodes
    .filter(({ id, status }) => struck.includes(id) && status?.health === 'storage-failed')
    .map(({ id }) => id);
}

/** Restarts them, and passes on what was healed before. */
async function restarted<T>(
  app: AppState,
  clusterId: string,
  nodeIds: readonly string[],
  healed: Result<T>,
): Promise<Result<T>> {
  if (!healed.ok) return healed;
  const results = await Promise.all(
    nodeIds.map((nodeId) => app.api.restartNode({ clusterId, nodeId })),
  );
  const [failure] = results.flatMap((result) => (result.ok ? [] : [result.error]));
  return failure === undefined ? healed : { ok: false, error: failure };
}

/** Frozen ones first: a frozen node cannot be told that its faults are over. */
async function healAll(
  app: AppState,
  clusterId: string,
  rows: readonly ActiveFault[],
  stopped: readonly string[],
): Promise<Result<HealedFaults>> {
  const processes = rows.flatMap(({ sign, processOf }) =>
    processOf === null ? [] : [{ sign, ref: { clusterId, nodeId: processOf } }],
  );
  const again = await Promise.all(
    processes.map(({ sign, ref }) =>
      sign === 'freeze' ? app.api.resumeNode(ref) : app.api.startNode(ref),
    ),
  );
  const healed = await app.api.healFaults({ clusterId, nodeId: null, faultId: null });
  const [failure] = again.flatMap((result) => (result.ok ? [] : [result.error]));
  if (failure !== undefined) return { ok: false, error: failure };
  return restarted(app, clusterId, stopped, healed);
}

function healedWords(rows: readonly ActiveFault[], faults: number, stopped: number): string {
  const frozen = rows.filter(({ sign }) => sign === 'freeze').length;
  const killed = rows.filter(({ sign }) => sign === 'kill').length;
  const parts = [
    ...(faults > 0 || frozen + killed === 0 ? [formatPlural(faults, 'fault')] : []),
    ...(frozen > 0 ? [`${formatPlural(frozen, 'node')} resumed`] : []),
    ...(killed > 0 ? [`${formatPlural(killed, 'node')} started`] : []),
    ...(stopped > 0 ? [`${formatPlural(stopped, 'node')} restarted`] : []),
  ];
  return parts.join(', ');
}

function unreachedWords(view: ClusterView, unreached: readonly string[]): string {
  if (unreached.length === 0) return '';
  const names = view.nodes.filter(({ id }) => unreached.includes(id)).map(({ name }) => name);
  return ` ${names.join(', ')} did not answer: faults there end with their leases.`;
}

/** Ends one row. */
export function healOne(app: AppState, view: ClusterView, row: ActiveFault): void {
  const clusterId = view.id;
  const { processOf, parts, sign } = row;
  void act(app, {
    key: `heal/${clusterId}/${row.key}`,
    what: `Heal ${row.title}`,
    call: async () => {
      if (processOf === null) {
        const stopped = stoppedByFaults(view, [row]);
        return restarted(app, clusterId, stopped, await healParts(app, clusterId, parts));
      }
      const ref = { clusterId, nodeId: processOf };
      return sign === 'freeze' ? app.api.resumeNode(ref) : app.api.startNode(ref);
    },
  });
}

async function healParts(
  app: AppState,
  clusterId: string,
  parts: ActiveFault['parts'],
): Promise<Result<unknown>> {
  const results = await Promise.all(
    parts.map(({ nodeId, fault }) => app.api.healFaults({ clusterId, nodeId, faultId: fault.id })),
  );
  // One whose lease ended in the meantime is healed, whatever the node says about its id.
  const failed = results.find((result) => !result.ok && result.error.code !== 'E_REFUSED');
  return failed ?? { ok: true, value: null };
}

/** Gives every part of a row a new lease from now on. */
export function extendOne(
  app: AppState,
  view: ClusterView,
  row: ActiveFault,
  leaseMs: number,
): void {
  const clusterId = view.id;
  void act(app, {
    key: `extend/${clusterId}/${row.key}`,
    what: `Extend ${row.title}`,
    call: async () => {
      if (row.processOf !== null) {
        return app.api.leaseProcess({ clusterId, nodeId: row.processOf, leaseMs });
      }
      const results = await Promise.all(
        row.parts.map(({ nodeId, fault }) =>
          app.api.extendFault({ clusterId, nodeId, faultId: fault.id, leaseMs }),
        ),
      );
      return results.find(({ ok }) => !ok) ?? { ok: true, value: null };
    },
  });
}
