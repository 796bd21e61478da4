/*
 * What the types of a description say, for machines that no compiler has seen: what is missing would
 * otherwise come to light much later, at the first snapshot for example.
 */

type Fields = Readonly<Record<string, unknown>>;

const KINDS: readonly unknown[] = ['write', 'read', 'intermediate'];
const POSITIONS = ['firstKey', 'lastKey', 'keyStep'] as const;
const FUNCTIONS = ['catchAll', 'filter', 'restore', 'size'] as const;

/**
 * Looks through what `defineMachine` was given.
 *
 * @throws TypeError naming the place and what belongs there
 */
export function refuseIncomplete(description: unknown): void {
  if (!isObject(description)) throw new TypeError('a machine is described by an object');
  for (const field of ['name', 'version']) {
    const value = description[field];
    if (typeof value !== 'string' || value === '') refuse(field, 'a string that says something');
  }
  if (!isFunction(description['initial'])) refuse('initial', 'a function that returns the state');
  for (const field of FUNCTIONS) {
    const value = description[field];
    if (value !== undefined && !isFunction(value)) refuse(field, 'a function');
  }
  refuseBadSnapshot(description['snapshot']);
  refuseBadTick(description['tick']);
  const commands = description['commands'];
  if (!isObject(commands)) refuse('commands', 'an object of commands by name');
  for (const [name, command] of Object.entries(commands)) refuseBadCommand(name, command);
}

function refuseBadSnapshot(snapshot: unknown): void {
  const isCodec =
    isObject(snapshot) && isFunction(snapshot['write']) && isFunction(snapshot['read']);
  if (snapshot !== 'json' && !isCodec) {
    refuse('snapshot', `'json' or an object of the functions write and read`);
  }
}

function refuseBadTick(tick: unknown): void {
  if (tick === undefined) return;
  if (!isObject(tick) || !isFunction(tick['run'])) {
    refuse('tick', 'an object of intervalMs and the function run');
  }
  if (isAsync(tick['run'])) refuse('tick.run', 'a function that is not async: a tick cannot wait');
  const { intervalMs } = tick;
  const isInterval = typeof intervalMs === 'number' && Number.isFinite(intervalMs);
  if (!isInterval || intervalMs < 1)
    refuse('tick.intervalMs', 'a number of milliseconds, 1 or more');
}

function refuseBadCommand(name: string, command: unknown): void {
  const place = `commands.${name}`;
  if (!isObject(command)) refuse(place, 'an object of kind, run and more');
  const { kind, run, arity, firstKey, arguments: documented } = command;
  if (!KINDS.includes(kind)) refuse(`${place}.kind`, `'write', 'read' or 'intermediate'`);
  if (!isFunction(run)) refuse(`${place}.run`, 'a function');
  if (kind !== 'intermediate' && isAsync(run)) {
    refuse(`${place}.run`, `a function that is not async: a ${String(kind)} cannot wait`);
  }
  if (arity !== undefined && (!Number.isInteger(arity) || arity === 0)) {
    refuse(`${place}.arity`, 'a whole number other than 0, the name of the command counted');
  }
  for (const field of POSITIONS) {
    const position = command[field];
    if (position !== undefined && !Number.isInteger(position)) {
      refuse(`${place}.${field}`, 'a whole number');
    }
  }
  if (isBehind(firstKey, arity)) {
    refuse(`${place}.firstKey`, 'the place of an argument that its arity allows');
  }
  if (documented !== undefined && !Array.isArray(documented)) {
    refuse(`${place}.arguments`, 'an array');
  }
}

function isBehind(firstKey: unknown, arity: unknown): boolean {
  const isExact = typeof arity === 'number' && arity > 0;
  return isExact && typeof firstKey === 'number' && firstKey >= arity;
}

function refuse(place: string, needed: string): never {
  throw new TypeError(`the machine's ${place} must be ${needed}`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isAsync(run: unknown): boolean {
  return Object.prototype.toString.call(run) === '[object AsyncFunction]';
}
