import { checkHistory } from '../check/linearizability.ts';
import type { CheckLimits, KeyVerdict } from '../check/linearizability.ts';
import { COUNTER } from '../check/models.ts';
import type { Operation } from '../check/operation.ts';

/** An operation that has begun. */
export interface Begun {
  readonly id: number;
  readonly f: 'add' | 'read';
  readonly invoke: number;
}

/** What a check of a history has found. */
export interface HistoryVerdict {
  /** Why no order explains what the clients saw; null when one does. */
  readonly reason: string | null;
  readonly operations: number;
  /** Writes among them that were never answered. */
  readonly unanswered: number;
}

/** Steps of the search when the order of the log does not explain a history. */
const SEARCH: CheckLimits = { stepsMax: 200_000 };
/** Operations that a reason names. */
const NAMED_MAX = 6;

/**
 * What the clients of one schedule asked and were told, and when: nothing of it comes from inside the
 * servers. The simulated machine counts commands, so to its clients it is a counter: each write adds one
 * and is answered with the sum, and a read answers the sum.
 */
export class ClientHistory {
  private readonly operations: Operation[] = [];
  private readonly open = new Map<number, Begun>();
  /** What clients see happens in this order, which is finer than simulated time. */
  private moment = 0;
  private nextId = 1;

  /** A client asks now. */
  begin(f: Begun['f']): Begun {
    this.moment += 1;
    const begun = { id: this.nextId, f, invoke: this.moment };
    this.nextId += 1;
    this.open.set(begun.id, begun);
    return begun;
  }

  /** It is answered now. */
  answered(begun: Begun, output: number): void {
    this.moment += 1;
    this.open.delete(begun.id);
    this.operations.push(operationOf(begun, { type: 'ok', output, complete: this.moment }));
  }

  /** It is told that nothing was done, or it was a read, which does nothing. */
  refused(begun: Begun): void {
    this.open.delete(begun.id);
  }

  /**
   * Looks for an order of all operations that keeps real time and that a counter could have produced
   * (S21). Which of the writes without an answer were done, and as what, is looked up first, since a
   * search through all their subsets may never end: an order found with that is an order. Only if there
   * is none are all subsets searched.
   *
   * @param doneAs the sum that a write without an answer made, or null when it was not done
   */
  check(doneAs: (begun: Begun) => number | null): HistoryVerdict {
    const unanswered = [...this.open.values()].filter(({ f }) => f === 'add');
    const done = unanswered.flatMap((begun) => {
      const output = doneAs(begun);
      return output === null ? [] : operationOf(begun, { type: 'ok', output, complete: Infinity });
    });
    const operations = this.operations.length + unanswered.length;
    const counts = { operations, unanswered: unanswered.length };
    const first = this.verdictWith(done, SEARCH).verdict;
    // With thousands of writes under way at once each step of the search looks at all of them.
    const isExplained =
      first === 'linearizable' ||
      (first === 'undecided' && isExplainedBySums([...this.operations, ...done]));
    if (isExplained) return { reason: null, ...counts };
    const unknown = unanswered.map((begun) => {
      return operationOf(begun, { type: 'info', output: null, complete: Infinity });
    });
    const verdict = this.verdictWith(unknown, SEARCH);
    const reason = verdict.verdict === 'linearizable' ? null : reasonOf(verdict);
    return { reason, ...counts };
  }

  private verdictWith(
    more: readonly Operation[],
    limits: CheckLimits,
  ): Pick<KeyVerdict, 'verdict' | 'longestPrefix' | 'stuckOn'> {
    const [verdict] = checkHistory(COUNTER, [...this.operations, ...more], limits);
    return verdict ?? { verdict: 'linearizable', longestPrefix: [], stuckOn: [] };
  }
}

/**
 * Whether the order that the sums themselves tell keeps real time: each write behind the one whose sum is
 * one less, each read behind the write whose sum it saw. Every operation needs to have a sum.
 */
function isExplainedBySums(operations: readonly Operation[]): boolean {
  const inOrder = operations
    .map((operation) => ({ ...operation, sum: Number(operation.output) }))
    .sort((one, other) => {
      const byKind = Number(one.f === 'read') - Number(other.f === 'read');
      return one.sum - other.sum || byKind || one.invokeNs - other.invokeNs;
    });
  let sum = 0;
  let latestInvoke = -Infinity;
  for (const operation of inOrder) {
    if (operation.f === 'add') sum += 1;
    // It saw another sum, or it had ended before one that stands in front of it began.
    if (operation.sum !== sum || operation.completeNs < latestInvoke) return false;
    latestInvoke = Math.max(latestInvoke, operation.invokeNs);
  }
  return true;
}

function operationOf(
  { id, f, invoke }: Begun,
  end: { readonly type: 'ok' | 'info'; readonly output: number | null; readonly complete: number },
): Operation {
  const { type, output, complete } = end;
  const input = f === 'add' ? 1 : null;
  const times = { invokeNs: invoke, completeNs: complete };
  return { id, process: id, f, key: 'commands', input, output, type, ...times };
}

function reasonOf({
  verdict,
  longestPrefix,
  stuckOn,
}: Pick<KeyVerdict, 'verdict' | 'longestPrefix' | 'stuckOn'>): string {
  const last = longestPrefix.at(-1);
  const where = last === undefined ? 'none' : textOf(last);
  const next = stuckOn.slice(0, NAMED_MAX).map(textOf).join(', ');
  const sure = verdict === 'undecided' ? 'was found' : 'explains';
  return `no order ${sure} what the clients saw; after ${where} none of these can come: ${next}`;
}

function textOf({ f, output, type }: Operation): string {
  return `${f} ${type === 'info' ? 'without an answer' : `answered ${String(output)}`}`;
}
