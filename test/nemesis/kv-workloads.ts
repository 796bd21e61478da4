import { COUNTER, REGISTER } from '../../node-engine/check/models.ts';
import type { Operation } from '../../node-engine/check/operation.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { judgeLinearizable } from './judges.ts';
import type { SeededRandom } from './seeded-random.ts';
import { KeyRing, type Call, type Judgement, type Workload } from './workload.ts';

/** A number, or null. */
export function numberIn(reply: Reply): number | null {
  return reply === null ? null : Number(textOf(reply));
}

/** `GET`, `SET` and `SET … NX` on single keys of the kv machine. */
export class RegisterWorkload implements Workload {
  readonly name = 'register';
  readonly #keys: KeyRing;
  #value = 0;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 4);
  }

  next(random: SeededRandom): Call {
    const key = this.#keys.take(random);
    if (random.chance(0.45)) return read(key);
    this.#value += 1;
    const value = this.#value;
    const command = ['SET', key, String(value)];
    if (random.chance(0.9)) return { f: 'write', key, input: value, command, output: textOf };
    const output = (reply: Reply): boolean => reply !== null;
    return { f: 'create', key, input: value, command: [...command, 'NX'], output };
  }

  unknown(key: string): void {
    this.#keys.unknown(key);
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map(read);
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeLinearizable(REGISTER, history);
  }
}

function read(key: string): Call {
  return { f: 'read', key, input: null, command: ['GET', key], output: numberIn };
}

/** `INCR` and `GET`: an increment that is done twice, or not at all, shows in every answer after it. */
export class CounterWorkload implements Workload {
  readonly name = 'counter';
  readonly #keys: KeyRing;

  /** @param run tells the keys of one run from those of another */
  constructor(run: number) {
    this.#keys = new KeyRing(`${this.name}:${run}`, 3);
  }

  next(random: SeededRandom): Call {
    const key = this.#keys.take(random);
    if (random.chance(0.3)) return read(key);
    return { f: 'add', key, input: 1, command: ['INCR', key], output: numberIn };
  }

  unknown(key: string): void {
    this.#keys.unknown(key);
  }

  finalReads(): readonly Call[] {
    return this.#keys.all.map(read);
  }

  judge(history: readonly Operation[]): Judgement {
    return judgeLinearizable(COUNTER, history);
  }
}
