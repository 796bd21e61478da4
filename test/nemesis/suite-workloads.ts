import { bankOf, REGISTER, SET } from '../../node-engine/check/models.ts';
import type { Operation } from '../../node-engine/check/operation.ts';
import type { Step } from '../../node-engine/check/transaction.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { judgeLinearizable, judgeListAppend, judgeUnique } from './judges.ts';
import { numberIn } from './kv-workloads.ts';
import type { SeededRandom } from './seeded-random.ts';
import { KeyRing, type Call, type Judgement, type Workload } from './workload.ts';

/** As the suite's machine has them. */
const ACCOUNTS = 8;
const INITIAL = 100;

function numbersIn(reply: Reply): readonly (number | null)[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]).map(numberIn) : [];
}

const isOne = (reply: Reply): boolean => numberIn(reply) === 1;

/** Transactions that read and append to up to four lists at once. */
export class AppendWorkload implements Workload {
  readonly name = 'append';
  readonly #keys: KeyRing;
  #element = 0;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 5);
  }

  next(random: SeededRandom): Call {
    const keys = Array.from({ length: random.between(1, 4) }, () => this.#keys.take(random));
    if (random.chance(0.3)) return readLists([...new Set(keys)]);
    const steps = keys.map((key): Step => {
      if (random.chance(0.5)) return ['r', key, null];
      this.#element += 1;
      return ['append', key, this.#element];
    });
    const command = steps.flatMap(([f, key, value]) =>
      f === 'append' ? ['a', key, String(value)] : ['r', key, '-'],
    );
    return {
      ...{ f: 'txn', key: 'append:txn', input: steps, command: ['LTXN', ...command] },
      output: (reply) => answeredSteps(steps, reply),
    };
  }

  unknown(): void {
    // The checker of transactions does not search: unknown outcomes cost it nothing.
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map((key) => readLists([key]));
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeListAppend(history);
  }
}

function readLists(keys: readonly string[]): Call {
  const steps = keys.map((key): Step => ['r', key, null]);
  return {
    ...{ f: 'txn', key: 'append:txn', input: steps, command: ['LREAD', ...keys] },
    output: (reply) => answeredSteps(steps, reply),
  };
}

function answeredSteps(steps: readonly Step[], reply: Reply): readonly unknown[] {
  const answers = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  return steps.map(([f, key], at) => {
    const answer = answers[at] ?? null;
    return [f, key, f === 'append' ? numberIn(answer) : numbersIn(answer)];
  });
}

/** Elements are added once each; every read must have all that were answered. */
export class SetWorkload implements Workload {
  readonly name = 'set';
  readonly #keys: KeyRing;
  #element = 0;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 2);
  }

  next(random: SeededRandom): Call {
    const key = this.#keys.take(random);
    if (random.chance(0.4)) return readSet(key);
    this.#element += 1;
    const command = ['SADD', key, String(this.#element)];
    return { f: 'add', key, input: this.#element, command, output: isOne };
  }

  unknown(key: string): void {
    this.#keys.unknown(key);
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map(readSet);
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeLinearizable(SET, history);
  }
}

function readSet(key: string): Call {
  return { f: 'read', key, input: null, command: ['SMEMBERS', key], output: numbersIn };
}

/** Registers with compare-and-set; few values, so that the comparison often holds. */
export class CasWorkload implements Workload {
  readonly name = 'cas';
  readonly #keys: KeyRing;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 3);
  }

  next(random: SeededRandom): Call {
    const key = this.#keys.take(random);
    if (random.chance(0.4)) return readRegister(key);
    const next = random.between(1, 5);
    if (random.chance(0.3)) {
      return { f: 'write', key, input: next, command: ['RSET', key, String(next)], output: isOne };
    }
    const expected = random.between(1, 5);
    const command = ['RCAS', key, String(expected), String(next)];
    return { f: 'cas', key, input: [expected, next], command, output: isOne };
  }

  unknown(key: string): void {
    this.#keys.unknown(key);
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map(readRegister);
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeLinearizable(REGISTER, history);
  }
}

function readRegister(key: string): Call {
  return { f: 'read', key, input: null, command: ['RGET', key], output: numberIn };
}

/** Identifiers from the log's own chance: the same on all nodes, and never twice. */
export class UniqueIdsWorkload implements Workload {
  readonly name = 'ids';

  next(): Call {
    return { f: 'next', key: 'ids:all', input: null, command: ['NEWID'], output: textOf };
  }

  unknown(): void {
    // An identifier that nobody heard of is never given again.
  }

  finalReads(): readonly Call[] {
    return [];
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeUnique(history);
  }
}

/** Transfers between eight accounts; the sum never changes and nobody is ever in debt. */
export class BankWorkload implements Workload {
  readonly name = 'bank';
  readonly #keys: KeyRing;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 2);
  }

  next(random: SeededRandom): Call {
    const key = this.#keys.take(random);
    if (random.chance(0.4)) return readBank(key);
    const from = random.below(ACCOUNTS);
    const to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
    const input = [from, to, random.between(1, 60)];
    const command = ['TRANSFER', key, ...input.map(String)];
    return { f: 'transfer', key, input, command, output: isOne };
  }

  unknown(key: string): void {
    this.#keys.unknown(key);
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map(readBank);
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeLinearizable(bankOf(ACCOUNTS, INITIAL), history);
  }
}

function readBank(key: string): Call {
  return { f: 'read', key, input: null, command: ['BALANCES', key], output: numbersIn };
}
