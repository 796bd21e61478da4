import { bankOf, COUNTER, REGISTER, SET } from '../../node-engine/check/models.ts';
import type { Model, Operation } from '../../node-engine/check/operation.ts';

/*
 * Histories that no correct system could have produced, each the smallest of its kind. A checker that
 * accepts one of them is worth nothing.
 */

/** A history and what the explanation of its fault must say. */
export interface BadHistory {
  readonly name: string;
  readonly model: Model | 'list-append';
  readonly history: readonly Operation[];
  readonly says: RegExp;
}

type Time = readonly [number, number];

let nextId = 0;

function answered(f: string, time: Time, input: unknown, output: unknown): Operation {
  nextId += 1;
  const [invokeNs, completeNs] = time;
  const base = { id: nextId, process: nextId, key: 'x', type: 'ok' } as const;
  return { ...base, f, input, output, invokeNs, completeNs };
}

const read = (time: Time, output: unknown): Operation => answered('read', time, null, output);
const write = (time: Time, value: number): Operation => answered('write', time, value, 'OK');
const cas = (time: Time, input: readonly number[], done: boolean): Operation =>
  answered('cas', time, input, done);
const create = (time: Time, value: number, done: boolean): Operation =>
  answered('create', time, value, done);
const add = (time: Time, input: number, output: unknown): Operation =>
  answered('add', time, input, output);
const transfer = (time: Time, input: readonly number[], done: boolean): Operation =>
  answered('transfer', time, input, done);

function failed(operation: Operation): Operation {
  return { ...operation, output: null, type: 'fail' };
}

function unknown(operation: Operation): Operation {
  return { ...operation, output: null, completeNs: Infinity, type: 'info' };
}

type Step = readonly ['append', string, number] | readonly ['r', string, readonly number[]];

function txn(time: Time, ...steps: readonly Step[]): Operation {
  const input = steps.map(([f, key, value]) => [f, key, f === 'r' ? null : value]);
  return answered('txn', time, input, steps);
}

const append = (key: string, element: number): Step => ['append', key, element];
const list = (key: string, ...elements: readonly number[]): Step => ['r', key, elements];

function bad(
  name: string,
  model: BadHistory['model'],
  says: RegExp,
  ...history: readonly Operation[]
): BadHistory {
  return { name, model, history, says };
}

const NO_ORDER = /no order explains/;
const BANK = bankOf(2, 10);

const REGISTERS: readonly BadHistory[] = [
  bad('a stale read', REGISTER, /read → null/, write([0, 1], 1), read([2, 3], null)),
  bad(
    'a read of the value before',
    REGISTER,
    NO_ORDER,
    write([0, 1], 1),
    write([2, 3], 2),
    read([4, 5], 1),
  ),
  bad('a value from nowhere', REGISTER, /read → 9/, write([0, 1], 1), read([2, 3], 9)),
  bad('a value before its write', REGISTER, /read → 1/, read([0, 1], 1), write([2, 3], 1)),
  bad(
    'a value seen and unseen',
    REGISTER,
    NO_ORDER,
    write([0, 9], 1),
    read([1, 2], 1),
    read([3, 4], null),
  ),
  bad('a failed write is seen', REGISTER, NO_ORDER, failed(write([0, 1], 1)), read([2, 3], 1)),
  bad(
    'an unknown write comes and goes',
    REGISTER,
    NO_ORDER,
    unknown(write([0, 1], 1)),
    read([2, 3], 1),
    read([4, 5], null),
  ),
  bad(
    'an unknown write returns after another',
    REGISTER,
    NO_ORDER,
    unknown(write([0, 1], 1)),
    read([2, 3], 1),
    write([4, 5], 2),
    read([6, 7], 1),
  ),
  bad(
    'a lost write',
    REGISTER,
    /read → 1/,
    write([0, 1], 1),
    write([2, 3], 2),
    read([4, 5], 1),
    read([6, 7], 1),
  ),
  bad(
    'two readers disagree on the order',
    REGISTER,
    NO_ORDER,
    write([0, 9], 1),
    write([0, 9], 2),
    read([10, 11], 1),
    read([12, 13], 2),
  ),
  bad(
    'two clients win one cas',
    REGISTER,
    NO_ORDER,
    write([0, 1], 1),
    cas([2, 5], [1, 2], true),
    cas([2, 5], [1, 3], true),
  ),
  bad(
    'a cas that answered false and was done',
    REGISTER,
    NO_ORDER,
    write([0, 1], 1),
    cas([2, 3], [1, 2], false),
    read([4, 5], 2),
  ),
  bad(
    'a cas that answered true and was not done',
    REGISTER,
    NO_ORDER,
    write([0, 1], 1),
    cas([2, 3], [1, 2], true),
    read([4, 5], 1),
  ),
  bad(
    'a cas on a value that was gone',
    REGISTER,
    /cas \[1,3\] → true/,
    write([0, 1], 1),
    write([2, 3], 2),
    cas([4, 5], [1, 3], true),
  ),
  bad(
    'two clients create one key',
    REGISTER,
    NO_ORDER,
    create([0, 5], 1, true),
    create([0, 5], 2, true),
  ),
  bad('nobody creates a key that is free', REGISTER, /create 1 → false/, create([0, 1], 1, false)),
];

const COUNTERS: readonly BadHistory[] = [
  bad('an increment done twice', COUNTER, /add 1 → 3/, add([0, 1], 1, 1), add([2, 3], 1, 3)),
  bad('an increment not done', COUNTER, /add 1 → 1/, add([0, 1], 1, 1), add([2, 3], 1, 1)),
  bad('one number given twice at once', COUNTER, NO_ORDER, add([0, 5], 1, 1), add([0, 5], 1, 1)),
  bad(
    'a counter goes back',
    COUNTER,
    /read → 1/,
    add([0, 1], 1, 1),
    add([2, 3], 1, 2),
    read([4, 5], 1),
  ),
  bad('a failed increment counts', COUNTER, /read → 1/, failed(add([0, 1], 1, 1)), read([2, 3], 1)),
  bad(
    'an unknown increment counts twice',
    COUNTER,
    /read → 2/,
    unknown(add([0, 1], 1, 1)),
    read([2, 3], 2),
  ),
  bad(
    'a gap between two numbers',
    COUNTER,
    /add 1 → 3/,
    add([0, 4], 1, 1),
    add([5, 9], 1, 3),
    read([10, 11], 3),
  ),
];

const SETS_AND_BANKS: readonly BadHistory[] = [
  bad(
    'a lost element',
    SET,
    /read → \[2\]/,
    add([0, 1], 1, 'OK'),
    add([2, 3], 2, 'OK'),
    read([4, 5], [2]),
  ),
  bad('an element nobody added', SET, /read → \[1,7\]/, add([0, 1], 1, 'OK'), read([2, 3], [1, 7])),
  bad(
    'a failed element is there',
    SET,
    /read → \[1\]/,
    failed(add([0, 1], 1, 'OK')),
    read([2, 3], [1]),
  ),
  bad('an element twice', SET, /read → \[1,1\]/, add([0, 1], 1, 'OK'), read([2, 3], [1, 1])),
  bad(
    'two readers see half each',
    SET,
    NO_ORDER,
    add([0, 9], 1, 'OK'),
    add([0, 9], 2, 'OK'),
    read([1, 5], [1]),
    read([1, 5], [2]),
  ),
  bad(
    'money from nowhere',
    BANK,
    /\[10,15\]/,
    transfer([0, 1], [0, 1, 5], true),
    read([2, 3], [10, 15]),
  ),
  bad('money lost', BANK, /\[5,10\]/, transfer([0, 1], [0, 1, 5], true), read([2, 3], [5, 10])),
  bad(
    'one amount spent twice',
    BANK,
    NO_ORDER,
    transfer([0, 5], [0, 1, 8], true),
    transfer([0, 5], [0, 1, 8], true),
  ),
  bad('a refusal without a reason', BANK, /→ false/, transfer([0, 1], [0, 1, 3], false)),
];

const LISTS: readonly BadHistory[] = [
  bad(
    'G0: appends interleaved',
    'list-append',
    /^G0: /m,
    txn([0, 9], append('x', 1), append('y', 1)),
    txn([0, 9], append('x', 2), append('y', 2)),
    txn([10, 11], list('x', 1, 2), list('y', 2, 1)),
  ),
  bad(
    'G1a: a failed append is read',
    'list-append',
    /^G1a: /m,
    failed(txn([0, 1], append('x', 1))),
    txn([2, 3], list('x', 1)),
  ),
  bad(
    'G1b: half a transaction is read',
    'list-append',
    /^G1b: /m,
    txn([0, 9], append('x', 1), append('x', 2)),
    txn([0, 9], list('x', 1)),
    txn([10, 11], list('x', 1, 2)),
  ),
  bad(
    'G1c: two that read each other',
    'list-append',
    /^G1c: /m,
    txn([0, 9], append('x', 1), list('y', 1)),
    txn([0, 9], append('y', 1), list('x', 1)),
  ),
  bad(
    'G-single: a torn read',
    'list-append',
    /^G-single: /m,
    txn([0, 9], append('x', 1), append('y', 1)),
    txn([0, 9], list('x', 1), list('y')),
    txn([10, 11], list('y', 1)),
  ),
  bad(
    'G2: write skew',
    'list-append',
    /^G2: /m,
    txn([0, 9], list('x'), append('y', 1)),
    txn([0, 9], list('y'), append('x', 1)),
    txn([10, 11], list('x', 1), list('y', 1)),
  ),
  bad(
    'a lost update',
    'list-append',
    /^lost-update: /m,
    txn([0, 9], list('x'), append('x', 1)),
    txn([0, 9], list('x'), append('x', 2)),
    txn([10, 11], list('x', 1, 2)),
  ),
  bad(
    'incompatible orders',
    'list-append',
    /^incompatible-order: /m,
    txn([0, 9], append('x', 1)),
    txn([0, 9], append('x', 2)),
    txn([0, 9], list('x', 1, 2)),
    txn([0, 9], list('x', 2, 1)),
  ),
  bad(
    'a lost append',
    'list-append',
    /^lost-append: /m,
    txn([0, 1], append('x', 1)),
    txn([2, 3], list('x')),
  ),
  bad(
    'a stale read of a list',
    'list-append',
    /^stale-read: /m,
    txn([0, 1], append('x', 1)),
    txn([2, 3], list('x')),
    txn([4, 5], list('x', 1)),
  ),
  bad(
    'an element twice in a list',
    'list-append',
    /^duplicate-element: /m,
    txn([0, 1], append('x', 1)),
    txn([2, 3], list('x', 1, 1)),
  ),
  bad(
    'an element nobody appended',
    'list-append',
    /^phantom-element: /m,
    txn([0, 1], list('x', 7)),
  ),
  bad(
    'an own append not seen',
    'list-append',
    /^internal: /m,
    txn([0, 1], append('x', 1), list('x')),
  ),
  bad(
    'G-single in real time: seen and unseen',
    'list-append',
    /^G-single-realtime: /m,
    unknown(txn([0, 1], append('x', 1))),
    txn([2, 3], list('x', 1)),
    txn([4, 5], list('x')),
  ),
  bad(
    'G0 in real time: appended into the past',
    'list-append',
    /^G0-realtime: /m,
    txn([0, 1], append('x', 1)),
    txn([2, 3], append('x', 2)),
    txn([0, 5], list('x', 2, 1)),
  ),
];

/** All of them. */
export const BAD_HISTORIES: readonly BadHistory[] = [
  ...REGISTERS,
  ...COUNTERS,
  ...SETS_AND_BANKS,
  ...LISTS,
];
