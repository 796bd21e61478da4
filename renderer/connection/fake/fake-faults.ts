import type { Result } from '../../../main/contract/errors.ts';
import type { FaultRequest } from '../../../main/contract/fault.ts';
import type { HostApi, HostCall } from '../../../main/contract/host-api.ts';
import type { FaultView } from '../../../main/contract/model.ts';
import { failed } from '../calls.ts';
import type { FakeCluster, FakeNode } from './fake-cluster.ts';

/** A fault of a scripted node. It changes nothing but what is told of it. */
export interface FakeFault {
  readonly id: string;
  readonly request: FaultRequest;
  readonly sinceMs: number;
  untilMs: number;
}

type Request = Pick<Parameters<HostApi['setFault']>[0], 'fault' | 'leaseMs'> &
  Parameters<HostApi['healFaults']>[0];

/** What the scripted host answers about faults; undefined for a call that is not about them. */
export function answerFaultCall(
  cluster: FakeCluster,
  name: HostCall,
  request: unknown,
  nowMs: number,
): Result<unknown> | undefined {
  const { nodeId, faultId, fault, leaseMs } = request as Request;
  const node = cluster.nodes.find(({ id }) => id === nodeId);
  if (name === 'setFault' && node !== undefined) {
    return { ok: true, value: { faultId: setFakeFault(node, fault, leaseMs, nowMs) } };
  }
  if (name === 'extendFault') {
    const found = node?.faults.find(({ id }) => id === faultId);
    if (found === undefined) return failed('E_REFUSED', `ERR no fault ${faultId} is in force`);
    found.untilMs = nowMs + leaseMs;
    return { ok: true, value: null };
  }
  if (name !== 'healFaults') return undefined;
  let healed = 0;
  for (const one of cluster.nodes) {
    if (nodeId !== null && one !== node) continue;
    const kept = one.faults.filter(({ id }) => faultId !== null && id !== faultId);
    healed += one.faults.length - kept.length;
    one.faults = kept;
  }
  return { ok: true, value: { healed, unreached: [] } };
}

/** Puts a fault in force; one of the same kind in the same place ends. */
export function setFakeFault(
  node: FakeNode,
  request: FaultRequest,
  leaseMs: number,
  nowMs: number,
): string {
  const others = node.faults.filter((one) => keyOf(one.request) !== keyOf(request));
  const numbers = node.faults.map(({ id }) => Number(id.slice(1)));
  const id = `f${String(Math.max(0, ...numbers) + 1)}`;
  node.faults = [...others, { id, request, sinceMs: nowMs, untilMs: nowMs + leaseMs }];
  return id;
}

function keyOf(fault: FaultRequest): string {
  return 'peerId' in fault ? `${fault.kind} ${fault.direction} ${fault.peerId}` : fault.kind;
}

/** How often something meets a fault, in a second. */
const MET_PER_SECOND = 9;

/** The faults of a node as it would tell of them; those whose lease is over are gone. */
export function fakeFaultViews(node: FakeNode, nowMs: number): readonly FaultView[] {
  return node.faults
    .filter(({ untilMs }) => untilMs > nowMs)
    .map(({ id, request, sinceMs, untilMs }) => {
      const seen = Math.max(0, Math.floor(((nowMs - sinceMs) * MET_PER_SECOND) / 1000));
      const isLink = 'peerId' in request;
      return {
        id,
        kind: request.kind,
        description: describe(request, node.id),
        peerId: isLink ? request.peerId : null,
        direction: isLink ? request.direction : 'none',
        leaseMs: untilMs - nowMs,
        ...measuredOf(request, seen),
      };
    });
}

type MeasuredView = Pick<
  FaultView,
  'measured' | 'seen' | 'stopped' | 'shifted' | 'meanMs' | 'extremeMs' | 'bytesPerSecond'
>;

function measuredOf(fault: FaultRequest, seen: number): MeasuredView {
  const none = { stopped: 0, shifted: 0, meanMs: null, extremeMs: null, bytesPerSecond: null };
  const late = (ms: number, spread: number) => ({
    ...none,
    measured: `${String(seen)} late`,
    seen,
    shifted: seen,
    meanMs: seen === 0 ? null : ms + 1.2,
    extremeMs: seen === 0 ? null : ms + spread + 4.6,
  });
  switch (fault.kind) {
    case 'link-delay':
      return late(fault.delayMs, fault.jitterMs);
    case 'disk-slow':
      return late(fault.delayMs, 0);
    case 'clock-offset':
      return late(fault.offsetMs, 0);
    case 'link-rate':
      return { ...none, measured: '', seen, bytesPerSecond: fault.bytesPerSecond };
    case 'link-drop': {
      const stopped = Math.round(seen * fault.probability);
      return { ...none, measured: `${String(stopped)} lost`, seen, stopped };
    }
    case 'link-cut':
    case 'disk-full':
    case 'disk-fsync-error':
      return { ...none, measured: `${String(seen)} of ${String(seen)}`, seen, stopped: seen };
  }
}

/** In the words of a node. */
function describe(fault: FaultRequest, selfId: string): string {
  const way = 'peerId' in fault ? wayOf(fault.peerId, fault.direction, selfId) : '';
  switch (fault.kind) {
    case 'link-cut':
      return `cut ${way}`;
    case 'link-drop':
      return `lose ${String(Number((fault.probability * 100).toFixed(2)))} % of the messages ${way}`;
    case 'link-delay': {
      const jitter = fault.jitterMs === 0 ? '' : ` ± ${String(fault.jitterMs)} ms`;
      return `delay ${way} by ${String(fault.delayMs)} ms${jitter}`;
    }
    case 'link-rate':
      return `at most ${String(fault.bytesPerSecond)} bytes/s ${way}`;
    case 'disk-slow':
      return `every write to disk ${String(fault.delayMs)} ms late`;
    case 'disk-full':
      return 'the disk is full';
    case 'disk-fsync-error':
      return 'syncs of the disk fail';
    case 'clock-offset':
      return `the wall clock is off by ${String(fault.offsetMs)} ms`;
  }
}

function wayOf(peerId: string, direction: 'in' | 'out', selfId: string): string {
  return direction === 'out' ? `${selfId} → ${peerId}` : `${peerId} → ${selfId}`;
}
