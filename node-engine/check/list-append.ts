import { DependencyGraph, type Dependency, type Edge } from './dependency-graph.ts';
import type { Operation } from './operation.ts';
import { transactionsOf, type Transaction } from './transaction.ts';
import { shown, versionOrders, type Finding, type KeyHistory } from './version-orders.ts';

/** A cycle of transactions that each had to come before the next, or a list that forgot. */
export interface CycleFinding {
  readonly kind:
    | 'lost-append'
    | 'stale-read'
    | 'lost-update'
    | `${'G0' | 'G1c' | 'G-single' | 'G2'}${'' | '-realtime'}`;
  readonly key: string | null;
  readonly text: string;
  readonly transactions: readonly Transaction[];
}

/** Anything that the checker finds wrong. */
export type Anomaly = Finding | CycleFinding;

/** What came out of a check. Empty anomalies: the history is strictly serializable. */
export interface ListAppendVerdict {
  readonly transactions: number;
  readonly anomalies: readonly Anomaly[];
}

/** Anomalies of one kind after which no more are described; they tend to come in thousands. */
const PER_KIND_MAX = 5;

/**
 * Checks whether a history of transactions over append-only lists is strictly serializable: whether
 * one order of them keeps real time and explains every list that was read.
 *
 * Lists that were read give the order of versions; versions give the dependencies ww, wr and rw (Adya
 * 1999); a history is serializable when these and real time have no cycle (the method is that of
 * Kingsbury and Alvaro 2020, "Elle"). Nothing is searched, so nothing is ever undecided.
 *
 * Transactions of unknown outcome count as done when something of theirs was read, else as not done.
 *
 * @throws TypeError when the history is not one of transactions
 */
export function checkListAppend(history: readonly Operation[]): ListAppendVerdict {
  const all = transactionsOf(history);
  const { keys, findings } = versionOrders(all);
  const done = doneOnes(all, keys);
  const graph = graphOf(done, keys);
  const anomalies = [
    ...findings,
    ...keys.flatMap(forgottenIn),
    ...keys.flatMap(lostUpdatesIn),
    ...cyclesIn(graph, done),
  ];
  const counts = new Map<string, number>();
  return {
    transactions: all.length,
    anomalies: anomalies.filter(({ kind }) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return count <= PER_KIND_MAX;
    }),
  };
}

/** Answered transactions, and those of unknown outcome of which something was read. */
function doneOnes(
  all: readonly Transaction[],
  keys: readonly KeyHistory[],
): readonly Transaction[] {
  const observed = new Set<Transaction>();
  for (const { order, appenders } of keys) {
    for (const element of order) {
      const writer = appenders.get(element);
      if (writer !== undefined) observed.add(writer);
    }
  }
  return all.filter((one) => one.operation.type === 'ok' || observed.has(one));
}

function graphOf(done: readonly Transaction[], keys: readonly KeyHistory[]): DependencyGraph {
  const graph = new DependencyGraph(done.length);
  const numbers = new Map(done.map((transaction, number) => [transaction, number]));
  const connect = (
    from: Transaction | undefined,
    to: Transaction | undefined,
    dependency: Dependency,
  ): void => {
    const fromNumber = from === undefined ? undefined : numbers.get(from);
    const toNumber = to === undefined ? undefined : numbers.get(to);
    if (fromNumber === undefined || toNumber === undefined) return;
    graph.add(fromNumber, toNumber, dependency);
  };
  for (const { order, appenders, reads } of keys) {
    const observed = new Set(order);
    // What was appended and is in no list can only have come behind everything that is.
    const behind = [...appenders].filter(([element]) => !observed.has(element));
    order.forEach((element, at) => {
      const before = order[at - 1];
      if (before === undefined) return;
      connect(appenders.get(before), appenders.get(element), 'ww');
    });
    const newest = order.at(-1);
    if (newest !== undefined) {
      for (const [, writer] of behind) connect(appenders.get(newest), writer, 'ww');
    }
    for (const { transaction, list } of reads) {
      const last = list.at(-1);
      if (last !== undefined) connect(appenders.get(last), transaction, 'wr');
      const next = order[list.length];
      if (next !== undefined) connect(transaction, appenders.get(next), 'rw');
      else for (const [, writer] of behind) connect(transaction, writer, 'rw');
    }
  }
  addRealTime(graph, done);
  return graph;
}

/** Edges from what was answered to what was sent after it, without those that follow from others. */
function addRealTime(graph: DependencyGraph, done: readonly Transaction[]): void {
  const events = done.flatMap(({ operation }, number) => {
    const sent = { at: operation.invokeNs, number, isAnswer: false };
    if (operation.type !== 'ok') return [sent];
    return [sent, { at: operation.completeNs, number, isAnswer: true }];
  });
  // What is sent in the instant of an answer is at the same time as it.
  events.sort((one, other) => one.at - other.at || Number(one.isAnswer) - Number(other.isAnswer));
  let newest = new Set<number>();
  const before = new Map<number, ReadonlySet<number>>();
  for (const { number, isAnswer } of events) {
    if (isAnswer) {
      const covered = before.get(number);
      before.delete(number);
      newest = new Set([...newest].filter((one) => covered?.has(one) !== true));
      newest.add(number);
    } else {
      for (const one of newest) graph.add(one, number, 'rt');
      before.set(number, newest);
    }
  }
}

/** Appends that were answered before a read was sent which does not have them. */
function forgottenIn({ key, order, appenders, reads }: KeyHistory): CycleFinding[] {
  const positions = new Map(order.map((element, at) => [element, at]));
  const answered = [...appenders]
    .filter(([, writer]) => writer.operation.type === 'ok')
    .map(([element, writer]) => ({ element, writer, at: positions.get(element) ?? Infinity }))
    .sort((one, other) => one.writer.operation.completeNs - other.writer.operation.completeNs);
  const byStart = [...reads].sort(
    (one, other) => one.transaction.operation.invokeNs - other.transaction.operation.invokeNs,
  );
  const findings: CycleFinding[] = [];
  let next = 0;
  let furthest: (typeof answered)[number] | undefined;
  for (const { transaction, list } of byStart) {
    for (;;) {
      const append = answered[next];
      const isBefore =
        append !== undefined && append.writer.operation.completeNs < transaction.operation.invokeNs;
      if (!isBefore) break;
      if (furthest === undefined || append.at > furthest.at) furthest = append;
      next += 1;
    }
    if (furthest === undefined || furthest.at < list.length) continue;
    const isLost = furthest.at === Infinity;
    const text =
      `${furthest.element} was appended to ${key} and answered, and a read sent afterwards found ` +
      `${shown(list)}${isLost ? '; no read ever saw it' : ''}`;
    const transactions = [furthest.writer, transaction];
    findings.push({ kind: isLost ? 'lost-append' : 'stale-read', key, text, transactions });
  }
  return findings;
}

/** Transactions that read the same version of a key, and all replaced it. */
function lostUpdatesIn({ key, reads }: KeyHistory): CycleFinding[] {
  const byVersion = new Map<number | null, Transaction[]>();
  for (const { transaction, list } of reads) {
    const appends = transaction.steps.some((step) => step[0] === 'append' && step[1] === key);
    if (!appends) continue;
    const version = list.at(-1) ?? null;
    byVersion.set(version, [...(byVersion.get(version) ?? []), transaction]);
  }
  return [...byVersion].flatMap(([version, transactions]) => {
    if (transactions.length < 2) return [];
    const what = version === null ? 'empty' : `ending in ${version}`;
    const text = `${transactions.length} transactions read ${key} as ${what} and appended to it`;
    return [{ kind: 'lost-update' as const, key, text, transactions }];
  });
}

/** From the worst kind of cycle to the mildest; the first that a knot has is what it is called. */
const LEVELS: readonly {
  readonly name: 'G0' | 'G1c' | 'G-single' | 'G2';
  /** The kind of edge that makes the name. */
  readonly must: Dependency;
  /** What the way back may be made of. */
  readonly back: readonly Dependency[];
}[] = [
  { name: 'G0', must: 'ww', back: ['ww'] },
  { name: 'G1c', must: 'wr', back: ['ww', 'wr'] },
  { name: 'G-single', must: 'rw', back: ['ww', 'wr'] },
  { name: 'G2', must: 'rw', back: ['ww', 'wr', 'rw'] },
];

function cyclesIn(graph: DependencyGraph, done: readonly Transaction[]): CycleFinding[] {
  // Without cycles there is one search; the kinds matter only to name what was found.
  const knots = graph.knots(new Set<Dependency>(['ww', 'wr', 'rw', 'rt']));
  return knots.flatMap((knot) => {
    const within = new Set(knot);
    for (const realTime of [false, true]) {
      for (const { name, must, back } of LEVELS) {
        const way = new Set<Dependency>(realTime ? [...back, 'rt'] : back);
        const cycle = cycleWith(graph, within, must, way);
        if (cycle === null) continue;
        const kind = realTime ? (`${name}-realtime` as const) : name;
        return [describeCycle(kind, cycle, done)];
      }
    }
    return [];
  });
}

/**
 * Edges that are tried for a name. In a large knot a worse name may be missed; the last level finds a
 * way back from any edge, so that no knot goes unnamed.
 */
const TRIED_MAX = 2_000;

function cycleWith(
  graph: DependencyGraph,
  within: ReadonlySet<number>,
  must: Dependency,
  way: ReadonlySet<Dependency>,
): readonly Edge[] | null {
  const only = new Set<Dependency>([must]);
  let tried = 0;
  for (const node of within) {
    for (const edge of graph.edges(node, only)) {
      if (!within.has(edge.to)) continue;
      const back = graph.path(edge.to, edge.from, way, within);
      if (back !== null) return [edge, ...back];
      tried += 1;
      if (tried >= TRIED_MAX) return null;
    }
  }
  return null;
}

const BECAUSE: Readonly<Record<Dependency, string>> = {
  ww: 'appended before',
  wr: 'was read by',
  rw: 'did not see what was appended by',
  rt: 'was answered before the start of',
};

function describeCycle(
  kind: CycleFinding['kind'],
  cycle: readonly Edge[],
  done: readonly Transaction[],
): CycleFinding {
  const name = (node: number): string => `#${done[node]?.operation.id ?? -1}`;
  const links = cycle.map(
    ({ from, to, dependency }) =>
      `${name(from)} ${BECAUSE[dependency]} ${name(to)} (${dependency})`,
  );
  const transactions = cycle.flatMap(({ from }) => done[from] ?? []);
  return { kind, key: null, text: `each came before the next: ${links.join(', ')}`, transactions };
}
