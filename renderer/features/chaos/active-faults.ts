import type { ClusterView, FaultView, NodeView } from '../../../main/contract/model.ts';
import { formatBytes, formatCount, formatDuration } from '../../ui/format.ts';
import { exitOf } from '../nodes/face.ts';

/*
 * What is out of order on purpose right now, as the nodes and the operating system say it. A partition is
 * many faults, one for each direction of each link that it cuts: here they are one row again, found by
 * their shape alone, so that a window that was opened later shows the same.
 */

/** A fault of one node, and where it is. */
export interface PlacedFault {
  readonly nodeId: string;
  readonly fault: FaultView;
  /** What is left of its lease now. */
  readonly leftMs: number;
}

/** What a fault has done so far: measured, never what was asked for. */
export interface Effect {
  /** 'seen': it works. 'waiting': nothing has met it yet. 'unlike': something got past it. */
  readonly state: 'seen' | 'waiting' | 'unlike';
  readonly text: string;
}

/** A row of the table of faults. */
export interface ActiveFault {
  readonly key: string;
  readonly sign: 'cut' | 'delay' | 'drop' | 'rate' | 'disk' | 'clock' | 'freeze' | 'kill';
  readonly title: string;
  /** The faults that it is made of; none where it is a process. */
  readonly parts: readonly PlacedFault[];
  /** The node whose process it is; null where it is made of faults. */
  readonly processOf: string | null;
  /** The shortest of what is left of its parts; null for a process that nothing brings back but you. */
  readonly leftMs: number | null;
  readonly effect: Effect;
}

/** Everything in force, partitions first, then links, nodes and processes. */
export function activeFaultsOf(view: ClusterView, nowMs: number): readonly ActiveFault[] {
  const placed = view.nodes.flatMap((node) => (isRunning(node) ? faultsOf(node, nowMs) : []));
  const cuts = placed.filter(({ fault }) => fault.kind === 'link-cut');
  const others = placed.filter(({ fault }) => fault.kind !== 'link-cut');
  return [
    ...cutRows(view, cuts),
    ...joined(view, linkRows(view, others)),
    ...others.filter(({ fault }) => fault.peerId === null).map((one) => nodeRow(view, one)),
    ...view.nodes.flatMap((node) => processRow(node, nowMs)),
  ];
}

/** How many rows there are: what the header counts. */
export function countActiveFaults(view: ClusterView): number {
  return activeFaultsOf(view, view.timeMs).length;
}

/** A process that ended has no faults any more, whatever it said last. */
function isRunning({ process, removed }: NodeView): boolean {
  return !removed && process !== 'stopped' && process !== 'crashed' && process !== 'starting';
}

function faultsOf(node: NodeView, nowMs: number): readonly PlacedFault[] {
  return (node.status?.faults ?? []).flatMap((fault) => {
    const leftMs = fault.leaseMs - (nowMs - (node.heardAtMs ?? nowMs));
    // A frozen node's lease runs on, and its fault is gone the moment it goes on.
    return leftMs <= 0 && node.process !== 'frozen'
      ? []
      : [{ nodeId: node.id, fault, leftMs: Math.max(0, leftMs) }];
  });
}

/** One direction of a link: from whom, to whom. */
export interface Way {
  readonly from: string;
  readonly to: string;
}

/** Which way a link fault works, as seen from outside; null for a fault of the node itself. */
export function wayOf({ nodeId, fault }: PlacedFault): Way | null {
  if (fault.peerId === null || fault.direction === 'none') return null;
  return fault.direction === 'out'
    ? { from: nodeId, to: fault.peerId }
    : { from: fault.peerId, to: nodeId };
}

/** Whether nothing passes between two nodes, in either direction. */
export function cutBetween(faults: readonly ActiveFault[]): (a: string, b: string) => boolean {
  const cuts = faults
    .flatMap(({ parts }) => parts)
    .filter(({ fault }) => fault.kind === 'link-cut')
    .flatMap((placed) => wayOf(placed) ?? []);
  const has = (from: string, to: string): boolean =>
    cuts.some((way) => way.from === from && way.to === to);
  return (a, b) => has(a, b) && has(b, a);
}

function wayKey({ from, to }: Way): string {
  return `${from} ${to}`;
}

interface CutSet {
  /** Faults by the direction that they cut. */
  readonly byWay: ReadonlyMap<string, readonly PlacedFault[]>;
  readonly ids: readonly string[];
  readonly has: (from: string, to: string) => boolean;
}

function cutRows(view: ClusterView, cuts: readonly PlacedFault[]): readonly ActiveFault[] {
  if (cuts.length === 0) return [];
  const byWay = new Map<string, PlacedFault[]>();
  for (const cut of cuts) {
    const way = wayOf(cut);
    if (way === null) continue;
    const key = wayKey(way);
    byWay.set(key, [...(byWay.get(key) ?? []), cut]);
  }
  const ids = view.nodes.filter(({ removed }) => !removed).map(({ id }) => id);
  const set: CutSet = { byWay, ids, has: (from, to) => byWay.has(wayKey({ from, to })) };
  const title = partitionTitle(view, set) ?? oneWayTitle(view, set);
  // Of two nodes a partition is the link between them, and the link says it shorter.
  if (title !== null && ids.length > 2) return [row('partition', 'cut', title, cuts)];
  return pairRows(view, set);
}

/** `{node-1} | {node-2, node-3}` where the cuts are exactly those between groups; else null. */
function partitionTitle(view: ClusterView, { byWay, ids, has }: CutSet): string | null {
  const groups: string[][] = [];
  for (const id of ids) {
    const group = groups.find(
      ([first]) => first !== undefined && !has(first, id) && !has(id, first),
    );
    if (group === undefined) groups.push([id]);
    else group.push(id);
  }
  if (groups.length < 2) return null;
  const groupOf = (id: string): number => groups.findIndex((group) => group.includes(id));
  let crossing = 0;
  for (const from of ids) {
    for (const to of ids) {
      if (from === to) continue;
      const crosses = groupOf(from) !== groupOf(to);
      if (crosses !== has(from, to)) return null;
      if (crosses) crossing += 1;
    }
  }
  if (crossing !== byWay.size) return null;
  return groups.map((group) => `{${namesOf(view, group)}}`).join(' | ');
}

/** `{node-1} → {node-2, node-3}` where everything from one side to the other is cut, and only that. */
function oneWayTitle(view: ClusterView, { byWay, ids, has }: CutSet): string | null {
  const senders = ids.filter((from) => ids.some((to) => has(from, to)));
  const receivers = ids.filter((to) => ids.some((from) => has(from, to)));
  const isSplit = senders.length + receivers.length === ids.length;
  if (!isSplit || senders.some((id) => receivers.includes(id))) return null;
  if (byWay.size !== senders.length * receivers.length) return null;
  return `{${namesOf(view, senders)}} → {${namesOf(view, receivers)}}, cut one way`;
}

function pairRows(view: ClusterView, { byWay, ids, has }: CutSet): readonly ActiveFault[] {
  const rows: ActiveFault[] = [];
  for (const from of ids) {
    for (const to of ids) {
      const parts = byWay.get(wayKey({ from, to }));
      if (parts === undefined) continue;
      const back = byWay.get(wayKey({ from: to, to: from })) ?? [];
      const isBoth = has(to, from);
      if (isBoth && ids.indexOf(from) > ids.indexOf(to)) continue;
      const title = `${nameOf(view, from)} ${isBoth ? '⇄' : '→'} ${nameOf(view, to)}, cut`;
      rows.push(row(`cut ${from} ${to}`, 'cut', title, [...parts, ...back]));
    }
  }
  return rows;
}

/** A node whose links to all others have the same fault is one row, not one for each of the others. */
function joined(view: ClusterView, rows: readonly ActiveFault[]): readonly ActiveFault[] {
  const others = view.nodes.filter(({ removed }) => !removed).length - 1;
  let left = [...rows];
  if (others < 2) return rows;
  for (const { id, name } of view.nodes) {
    const groups = new Map<string, ActiveFault[]>();
    for (const one of left) {
      const ways = one.parts.flatMap((part) => wayOf(part) ?? []);
      const both = ways.length > 1;
      const isOf = ways.some(({ from }) => from === id);
      if (!isOf) continue;
      const what = one.title.slice(one.title.indexOf(', '));
      const title = `${name} ${both ? '⇄' : '→'} all others${what}`;
      groups.set(title, [...(groups.get(title) ?? []), one]);
    }
    for (const [title, group] of groups) {
      if (group.length < others) continue;
      const parts = group.flatMap((one) => one.parts);
      const whole = row(`${title} ${id}`, group[0]?.sign ?? 'delay', title, parts);
      left = [whole, ...left.filter((one) => !group.includes(one))];
    }
  }
  return left;
}

const SIGNS: Readonly<Record<string, ActiveFault['sign']>> = {
  'link-delay': 'delay',
  'link-drop': 'drop',
  'link-rate': 'rate',
  'clock-offset': 'clock',
};

/** Faults of links beside cuts: the two directions of a link with the same fault are one row. */
function linkRows(view: ClusterView, faults: readonly PlacedFault[]): readonly ActiveFault[] {
  const rows = new Map<string, { readonly title: string; readonly parts: PlacedFault[] }>();
  for (const placed of faults) {
    const way = wayOf(placed);
    if (way === null) continue;
    const what = figuresOf(placed);
    const back = `${placed.fault.kind} ${wayKey({ from: way.to, to: way.from })} ${what}`;
    const twin = rows.get(back);
    const names = [nameOf(view, way.from), nameOf(view, way.to)] as const;
    if (twin !== undefined) {
      rows.set(back, {
        title: `${names[1]} ⇄ ${names[0]}, ${what}`,
        parts: [...twin.parts, placed],
      });
    } else {
      rows.set(`${placed.fault.kind} ${wayKey(way)} ${what}`, {
        title: `${names[0]} → ${names[1]}, ${what}`,
        parts: [placed],
      });
    }
  }
  return [...rows].map(([key, { title, parts }]) =>
    row(key, SIGNS[parts[0]?.fault.kind ?? ''] ?? 'cut', title, parts),
  );
}

/** The figures of a link fault, out of what its node says of it: `80 ms ± 20 ms`, `lose 20 %`. */
function figuresOf({ fault: { kind, description } }: PlacedFault): string {
  if (kind === 'link-delay') return description.replace(/^.* by /, '');
  if (kind === 'link-drop') return description.replace(/ of the messages .*$/, '');
  if (kind === 'link-rate') {
    const bytes = Number(/^at most (\d+) bytes\/s/.exec(description)?.[1] ?? NaN);
    return Number.isFinite(bytes) ? `at most ${formatBytes(bytes)}/s` : description;
  }
  return description;
}

function nodeRow(view: ClusterView, placed: PlacedFault): ActiveFault {
  const { nodeId, fault } = placed;
  const sign = SIGNS[fault.kind] ?? 'disk';
  return row(`${nodeId} ${fault.id}`, sign, `${nameOf(view, nodeId)}, ${fault.description}`, [
    placed,
  ]);
}

function processRow(node: NodeView, nowMs: number): readonly ActiveFault[] {
  if (node.removed) return [];
  const { leaseEndsAtMs } = node;
  const leftMs = leaseEndsAtMs === undefined ? null : Math.max(0, leaseEndsAtMs - nowMs);
  const shared = { parts: [], processOf: node.id, leftMs } as const;
  if (node.process === 'frozen') {
    const effect = { state: 'seen', text: 'the process is stopped by SIGSTOP' } as const;
    const title = `${node.name}, frozen`;
    return [{ key: `freeze ${node.id}`, sign: 'freeze', title, effect, ...shared }];
  }
  const isDown = node.process === 'crashed' || node.process === 'stopped';
  if (isDown && exitOf(node) === 'killed') {
    const effect = { state: 'seen', text: 'the process is gone' } as const;
    return [
      { key: `kill ${node.id}`, sign: 'kill', title: `${node.name}, killed`, effect, ...shared },
    ];
  }
  return [];
}

function row(
  key: string,
  sign: ActiveFault['sign'],
  title: string,
  parts: readonly PlacedFault[],
): ActiveFault {
  const leftMs = Math.min(...parts.map((part) => part.leftMs));
  return { key, sign, title, parts, processOf: null, leftMs, effect: effectOf(parts) };
}

/** What all the parts together have met, in the words of their kind. */
export function effectOf(parts: readonly PlacedFault[]): Effect {
  const faults = parts.map(({ fault }) => fault);
  const kind = faults[0]?.kind ?? '';
  const seen = sum(faults, (fault) => fault.seen);
  const stopped = sum(faults, (fault) => fault.stopped);
  const shifted = sum(faults, (fault) => fault.shifted);
  const late = lateText(faults, shifted);
  if (seen === 0 && shifted === 0) return { state: 'waiting', text: NOTHING_YET[unitOf(kind)] };
  switch (kind) {
    case 'link-cut': {
      const text = `${formatCount(seen - stopped)} of ${plural(seen, 'message')} arrived`;
      return { state: stopped === seen ? 'seen' : 'unlike', text };
    }
    case 'link-drop': {
      const share = `${String(Math.round((100 * stopped) / seen))} %`;
      const text = `${formatCount(stopped)} of ${plural(seen, 'message')} lost, ${share}`;
      return { state: stopped > 0 ? 'seen' : 'waiting', text };
    }
    case 'link-delay': {
      const early = seen - shifted;
      // What has been asked about and not yet been let go is on its way, and will be late.
      if (early <= ON_THE_WAY_MAX || shifted === 0) {
        return shifted === 0
          ? { state: 'waiting', text: `${plural(seen, 'message')} held back` }
          : { state: 'seen', text: `${plural(shifted, 'message')} late ${late}` };
      }
      return {
        state: 'unlike',
        text: `${formatCount(early)} of ${plural(seen, 'message')} not late`,
      };
    }
    case 'link-rate': {
      // Each direction of each link has the limit to itself: a sum of them would be above it.
      const rate = Math.max(...faults.map(({ bytesPerSecond }) => bytesPerSecond ?? 0));
      const where = faults.length === 1 ? 'got through' : 'where most got through';
      const lost = stopped === 0 ? '' : `, ${formatCount(stopped)} of ${formatCount(seen)} lost`;
      return { state: 'seen', text: `${formatBytes(rate)}/s ${where}${lost}` };
    }
    case 'disk-slow':
      return shifted === 0
        ? { state: 'waiting', text: `${plural(seen, 'write')} held back` }
        : { state: 'seen', text: `${plural(shifted, 'write')} late ${late}` };
    case 'disk-full':
      return { state: 'seen', text: `${formatCount(stopped)} of ${plural(seen, 'write')} refused` };
    case 'disk-fsync-error':
      return { state: 'seen', text: `${formatCount(stopped)} of ${plural(seen, 'sync')} failed` };
    case 'clock-offset':
      return { state: 'seen', text: `read ${plural(shifted, 'time')}, ${offText(faults)}` };
    default:
      return { state: 'seen', text: faults[0]?.measured ?? '' };
  }
}

/** Messages that a delay can have taken and not yet let go, on all its links. */
const ON_THE_WAY_MAX = 200;

const NOTHING_YET = {
  message: 'no message has met it yet',
  write: 'no write has met it yet',
  reading: 'the clock has not been read yet',
} as const;

function unitOf(kind: string): keyof typeof NOTHING_YET {
  if (kind === 'clock-offset') return 'reading';
  return kind.startsWith('disk-') ? 'write' : 'message';
}

function lateText(faults: readonly FaultView[], shifted: number): string {
  const total = sum(faults, ({ meanMs, shifted: count }) => (meanMs ?? 0) * count);
  const most = Math.max(...faults.map(({ extremeMs }) => extremeMs ?? 0));
  const mean = formatDuration(total / Math.max(1, shifted));
  return `by ${mean}, ${formatDuration(most)} at most`;
}

function offText(faults: readonly FaultView[]): string {
  const most = faults[0]?.extremeMs ?? 0;
  const size = formatDuration(Math.abs(most));
  return most < 0 ? `${size} behind` : `${size} ahead`;
}

function sum(faults: readonly FaultView[], pick: (fault: FaultView) => number): number {
  return faults.reduce((total, fault) => total + pick(fault), 0);
}

function plural(count: number, one: string): string {
  return `${formatCount(count)} ${count === 1 ? one : `${one}s`}`;
}

function nameOf(view: ClusterView, id: string): string {
  return view.nodes.find((node) => node.id === id)?.name ?? `node ${id}`;
}

function namesOf(view: ClusterView, ids: readonly string[]): string {
  return ids.map((id) => nameOf(view, id)).join(', ');
}
