import type { ListElement, Step, Transaction } from './transaction.ts';

/** Something that no serial execution could have produced, with the transactions that show it. */
export interface Finding {
  readonly kind:
    | 'internal'
    | 'duplicate-append'
    | 'duplicate-element'
    | 'phantom-element'
    | 'G1a'
    | 'G1b'
    | 'incompatible-order';
  readonly key: string;
  readonly text: string;
  readonly transactions: readonly Transaction[];
}

/** A read of a key from outside: what the lists held before the transaction's own appends. */
export interface ExternalRead {
  readonly transaction: Transaction;
  readonly list: readonly ListElement[];
}

/** What is known of one key's list. */
export interface KeyHistory {
  readonly key: string;
  /** The longest list that was read: the order in which its elements were appended. */
  readonly order: readonly ListElement[];
  /** Who appended what; elements of failed transactions are left out. */
  readonly appenders: ReadonlyMap<ListElement, Transaction>;
  readonly reads: readonly ExternalRead[];
}

interface Collecting {
  readonly key: string;
  readonly appenders: Map<ListElement, Transaction>;
  readonly failed: Map<ListElement, Transaction>;
  readonly reads: ExternalRead[];
}

/**
 * Recovers the order of every key's versions from the lists that were read, and finds what is wrong
 * before any cycle is looked for (after Adya 1999, and Kingsbury and Alvaro 2020 §4).
 */
export function versionOrders(transactions: readonly Transaction[]): {
  readonly keys: readonly KeyHistory[];
  readonly findings: readonly Finding[];
} {
  const byKey = new Map<string, Collecting>();
  const findings: Finding[] = [];
  const at = (key: string): Collecting => {
    let found = byKey.get(key);
    if (found === undefined) {
      found = { key, appenders: new Map(), failed: new Map(), reads: [] };
      byKey.set(key, found);
    }
    return found;
  };
  for (const transaction of transactions) {
    collectAppends(transaction, at, findings);
    if (transaction.operation.type === 'ok') collectReads(transaction, at, findings);
  }
  const keys = [...byKey.values()].map((collected) => {
    const order = longestOf(collected.reads);
    findings.push(...findingsOfKey(collected, order));
    return { key: collected.key, order, appenders: collected.appenders, reads: collected.reads };
  });
  return { keys, findings };
}

function collectAppends(
  transaction: Transaction,
  at: (key: string) => Collecting,
  findings: Finding[],
): void {
  const hasFailed = transaction.operation.type === 'fail';
  for (const [f, key, element] of transaction.steps) {
    if (f !== 'append') continue;
    const { appenders, failed } = at(key);
    const other = appenders.get(element) ?? failed.get(element);
    if (other !== undefined) {
      findings.push({
        kind: 'duplicate-append',
        key,
        text: `${element} was appended to ${key} twice: the history cannot be judged`,
        transactions: [other, transaction],
      });
    }
    (hasFailed ? failed : appenders).set(element, transaction);
  }
}

/** Takes the first read of each key; later ones and those behind own appends follow from it. */
function collectReads(
  transaction: Transaction,
  at: (key: string) => Collecting,
  findings: Finding[],
): void {
  const own = new Map<string, ListElement[]>();
  const seen = new Map<string, readonly ListElement[]>();
  for (const [f, key, value] of transaction.steps) {
    const appended = own.get(key) ?? [];
    if (f === 'append') {
      own.set(key, [...appended, value]);
      continue;
    }
    const list = value ?? [];
    const before = seen.get(key);
    const outside = before ?? list.slice(0, Math.max(0, list.length - appended.length));
    if (!isEqual(list, [...outside, ...appended])) {
      findings.push({
        kind: 'internal',
        key,
        text: `a transaction read ${key} as ${shown(list)}, which is not what it had read and appended itself`,
        transactions: [transaction],
      });
    }
    if (before === undefined) {
      seen.set(key, outside);
      at(key).reads.push({ transaction, list: outside });
    }
  }
}

function longestOf(reads: readonly ExternalRead[]): readonly ListElement[] {
  let longest: readonly ListElement[] = [];
  for (const { list } of reads) if (list.length > longest.length) longest = list;
  return longest;
}

function findingsOfKey(collected: Collecting, order: readonly ListElement[]): Finding[] {
  const { key, reads } = collected;
  const findings: Finding[] = [];
  const longest = reads.find(({ list }) => list === order)?.transaction;
  for (const { transaction, list } of reads) {
    // Every list that is a prefix of the longest is judged with it.
    if (!isPrefix(list, order)) {
      findings.push({
        kind: 'incompatible-order',
        key,
        text: `${key} was read as ${shown(list)} and as ${shown(order)}: neither continues the other`,
        transactions: [transaction, ...(longest === undefined ? [] : [longest])],
      });
      findings.push(...strangersIn(collected, transaction, list));
    }
    findings.push(...intermediateIn(collected, transaction, list));
  }
  if (longest !== undefined) findings.push(...strangersIn(collected, longest, order));
  return findings;
}

/** Elements of a list that nobody appended, that were rolled back, or that are in it twice. */
function strangersIn(
  { key, appenders, failed }: Collecting,
  reader: Transaction,
  list: readonly ListElement[],
): Finding[] {
  const findings: Finding[] = [];
  const met = new Set<ListElement>();
  for (const element of list) {
    const aborted = failed.get(element);
    if (met.has(element)) {
      const text = `${element} is in ${key} twice: ${shown(list)}`;
      findings.push({ kind: 'duplicate-element', key, text, transactions: [reader] });
    } else if (aborted !== undefined && !appenders.has(element)) {
      const text = `${element} was read from ${key}, but its append had failed for certain`;
      findings.push({ kind: 'G1a', key, text, transactions: [reader, aborted] });
    } else if (!appenders.has(element)) {
      const text = `${element} was read from ${key}, and nobody ever appended it`;
      findings.push({ kind: 'phantom-element', key, text, transactions: [reader] });
    }
    met.add(element);
  }
  return findings;
}

/** A list that ends in the middle of another transaction's appends. */
function intermediateIn(
  { key, appenders }: Collecting,
  reader: Transaction,
  list: readonly ListElement[],
): Finding[] {
  const last = list.at(-1);
  const writer = last === undefined ? undefined : appenders.get(last);
  if (writer === undefined || writer === reader) return [];
  if (appendsTo(writer.steps, key).at(-1) === last) return [];
  const text = `${key} was read as ${shown(list)}, in the middle of what another transaction appended`;
  return [{ kind: 'G1b', key, text, transactions: [reader, writer] }];
}

function appendsTo(steps: readonly Step[], key: string): readonly ListElement[] {
  return steps.flatMap((step) => (step[0] === 'append' && step[1] === key ? [step[2]] : []));
}

function isPrefix(list: readonly ListElement[], order: readonly ListElement[]): boolean {
  return list.every((element, at) => order[at] === element);
}

function isEqual(left: readonly ListElement[], right: readonly ListElement[]): boolean {
  return left.length === right.length && isPrefix(left, right);
}

const SHOWN_MAX = 12;

/** A list as text; of a long one the end, where lists differ. */
export function shown(list: readonly ListElement[]): string {
  const end = list.slice(-SHOWN_MAX).join(' ');
  return list.length > SHOWN_MAX ? `[… ${end}]` : `[${end}]`;
}
