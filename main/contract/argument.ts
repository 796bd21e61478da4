import type { HostError, Result } from './errors.ts';

/*
 * Checks for single values from across the boundary. Nothing in here trusts the value's type, its
 * prototype or its getters: a check reads each field once, through its descriptor, and returns fresh
 * data, so that what was checked is what is used.
 */

/** Turns an unknown value into T or says what is wrong with `field`. */
export type Check<T> = (value: unknown, field: string) => Result<T>;

/** An E_ARGS result: `field` is at fault, `rule` says what it must be. */
export function argumentError(
  field: string,
  rule: string,
): { readonly ok: false; readonly error: HostError } {
  const message = `${field}: ${rule}. Nothing was done. Send the call again with a valid value.`;
  return { ok: false, error: { code: 'E_ARGS', message, field } };
}

/** A string of `minLength` to `maxLength` UTF-16 units that matches `pattern`. */
export function text(limits: {
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words. */
  readonly rule?: string;
}): Check<string> {
  const { minLength, maxLength, pattern, rule } = limits;
  return (value, field) => {
    if (typeof value !== 'string') return argumentError(field, 'must be text');
    if (value.length < minLength || maxLength < value.length) {
      return argumentError(field, `must have ${minLength} to ${maxLength} characters`);
    }
    if (pattern !== undefined && !pattern.test(value)) {
      return argumentError(field, rule ?? 'has characters that are not allowed');
    }
    return { ok: true, value };
  };
}

/** A whole number from `min` to `max`, both included. */
export function integer(limits: { readonly min: number; readonly max: number }): Check<number> {
  const { min, max } = limits;
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || max < value) {
      return argumentError(field, `must be a whole number from ${min} to ${max}`);
    }
    return { ok: true, value };
  };
}

/** `true` or `false`. */
export const flag: Check<boolean> = (value, field) =>
  typeof value === 'boolean' ? { ok: true, value } : argumentError(field, 'must be true or false');

/** One of the listed values. */
export function oneOf<T extends string | number>(allowed: readonly T[]): Check<T> {
  return (value, field) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) return argumentError(field, `must be one of ${allowed.join(', ')}`);
    return { ok: true, value: found };
  };
}

/** What `check` accepts, or null. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, field) => (value === null ? { ok: true, value } : check(value, field));
}

/** A list of texts: each checked by `item`, at most `maxItems`, together at most `maxTotal` units. */
export function textList(limits: {
  readonly minItems: number;
  readonly maxItems: number;
  readonly maxTotal: number;
  readonly item: Check<string>;
}): Check<readonly string[]> {
  return (value, field) => {
    if (!Array.isArray(value)) return argumentError(field, 'must be a list');
    if (value.length < limits.minItems || limits.maxItems < value.length) {
      const rule = `must have ${limits.minItems} to ${limits.maxItems} items`;
      return argumentError(field, rule);
    }
    const items: string[] = [];
    let total = 0;
    for (let offset = 0; offset < value.length; offset += 1) {
      const place = `${field}[${offset}]`;
      const item = ownValue(value, String(offset));
      const checked = limits.item(item, place);
      if (!checked.ok) return checked;
      total += checked.value.length;
      if (limits.maxTotal < total) {
        return argumentError(field, `must have at most ${limits.maxTotal} characters in all`);
      }
      items.push(checked.value);
    }
    return { ok: true, value: items };
  };
}

/** Texts by name, as a plain object: each name matches `name`, each text is checked by `item`. */
export function textMap(limits: {
  readonly maxItems: number;
  readonly name: RegExp;
  readonly item: Check<string>;
}): Check<Readonly<Record<string, string>>> {
  return (value, field) => {
    const names = typeof value === 'object' && value !== null ? Reflect.ownKeys(value) : [];
    if (names.length > limits.maxItems) {
      return argumentError(field, `must have at most ${limits.maxItems} fields`);
    }
    const texts = names.filter((name): name is string => typeof name === 'string');
    if (texts.length !== names.length || texts.some((name) => !limits.name.test(name))) {
      return argumentError(field, 'has a field with a name that is not allowed');
    }
    const fields = fieldsOf(value, { required: [], optional: texts });
    if (!fields.ok) return argumentError(field, 'must be a plain object');
    const items: Record<string, string> = {};
    for (const [name, given] of fields.value) {
      const checked = limits.item(given, `${field}.${name}`);
      if (!checked.ok) return checked;
      items[name] = checked.value;
    }
    return { ok: true, value: items };
  };
}

/** A request with exactly these fields, each held to its check. */
export function requestOf<T extends object>(checks: {
  readonly [K in keyof T]: Check<T[K]>;
}): Check<T> {
  const required = Object.keys(checks) as (keyof T & string)[];
  return (value) => {
    const fields = fieldsOf(value, { required, optional: [] });
    if (!fields.ok) return fields;
    const request: Partial<T> = {};
    for (const name of required) {
      const checked = checks[name](fields.value.get(name), name);
      if (!checked.ok) return checked;
      request[name] = checked.value;
    }
    // Every field of T has been set: `checks` has exactly its names.
    return { ok: true, value: request as T };
  };
}

/**
 * The fields of a request, read without running any of its code.
 *
 * Refuses what is not a plain object, fields that are neither in `required` nor in `optional`,
 * fields that are missing, getters and symbols. `undefined` counts as missing.
 */
export function fieldsOf(
  value: unknown,
  names: { readonly required: readonly string[]; readonly optional: readonly string[] },
): Result<ReadonlyMap<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return argumentError('request', 'must be an object');
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return argumentError('request', 'must be a plain object');
  }
  const known = new Set([...names.required, ...names.optional]);
  const found = new Map<string, unknown>();
  for (const name of Reflect.ownKeys(value)) {
    if (typeof name !== 'string') return argumentError('request', 'must not have symbol fields');
    const shown = name.length <= 40 ? name : `${name.slice(0, 40)}…`;
    if (!known.has(name)) return argumentError(shown, 'is not a field of this call');
    const field = ownValue(value, name);
    if (field !== undefined) found.set(name, field);
  }
  for (const name of names.required) {
    if (!found.has(name)) return argumentError(name, 'is missing');
  }
  return { ok: true, value: found };
}

/** An own data property; undefined for a getter, so that no foreign code runs. */
function ownValue(object: object, name: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  return descriptor !== undefined && 'value' in descriptor ? descriptor.value : undefined;
}
