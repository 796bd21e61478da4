/** What JSON can say, and nothing else. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An object or array inside a state. Objects have no prototype: every key of theirs is data. */
export type JsonContainer = JsonValue[] | Record<string, JsonValue>;

/** Deeper states are refused, before JSON.stringify fails on them. */
const DEPTH_MAX = 500;

/**
 * A copy of `value` in the only form that survives being written as JSON and read again, so that a
 * node that was restored from a snapshot has exactly the state of one that was not.
 *
 * As in JSON a field that is undefined is left out. What JSON would change in silence is refused:
 * Dates, Maps, class instances, functions, big integers, NaN, infinities, holes.
 *
 * @param unwrap turns what stands for a container into the container itself
 * @throws TypeError naming the place
 */
export function copyAsJson(value: unknown, unwrap: (value: object) => object): JsonValue {
  return copyValue(value, { unwrap, path: [] });
}

/** True for objects and arrays. */
export function isContainer(value: unknown): value is JsonContainer {
  return typeof value === 'object' && value !== null;
}

/** JSON with sorted keys: the same text for the same value, however it came about. */
export function canonicalJson(value: JsonValue): string {
  if (!isContainer(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${fields.join(',')}}`;
}

interface CopyState {
  readonly unwrap: (value: object) => object;
  /** Keys from the root to the value being copied. */
  readonly path: (string | number)[];
}

function copyValue(value: unknown, state: CopyState): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(String(value), state);
      return value === 0 ? 0 : value; // minus zero is 0 in JSON
    case 'object':
      return value === null ? null : copyContainer(state.unwrap(value), state);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw notJson(typeof value, state);
    default:
      throw notJson('a value of unknown type', state);
  }
}

function copyContainer(source: object, state: CopyState): JsonContainer {
  if (state.path.length >= DEPTH_MAX) throw notJson(`nested more than ${DEPTH_MAX} deep`, state);
  if (Array.isArray(source)) {
    const items: JsonValue[] = [];
    for (const [at, item] of source.entries()) items.push(copyAt(at, item, state));
    return items;
  }
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== null && prototype !== Object.prototype) {
    throw notJson(`a ${source.constructor.name}`, state);
  }
  const copy = emptyObject();
  for (const [key, field] of Object.entries(source)) {
    if (field !== undefined) copy[key] = copyAt(key, field, state);
  }
  return copy;
}

function copyAt(key: string | number, value: unknown, state: CopyState): JsonValue {
  state.path.push(key);
  const copy = copyValue(value, state);
  state.path.pop();
  return copy;
}

function emptyObject(): Record<string, JsonValue> {
  return Object.create(null) as Record<string, JsonValue>;
}

function notJson(what: string, state: CopyState): TypeError {
  const place = state.path.length === 0 ? '' : ` at ${state.path.slice(0, 20).join('.')}`;
  return new TypeError(`the state is kept as JSON, which cannot hold ${what}${place}`);
}
