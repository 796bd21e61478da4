/*
 * Whether JSON from elsewhere has the fields that this app goes by. Fields that it does not know are let
 * through: a later version may have written them.
 */

/** Whether a value may stand where it stands. */
export type Shape = (value: unknown) => boolean;

/** The last moment that a date can hold. */
const TIME_MAX_MS = 8.64e15;

export const number: Shape = (value) => typeof value === 'number' && Number.isFinite(value);

/** Unix milliseconds that a date can hold. */
export const time: Shape = (value) =>
  typeof value === 'number' && value >= 0 && value <= TIME_MAX_MS;

export const flag: Shape = (value) => typeof value === 'boolean';

/** Text of so many UTF-16 units at most. */
export function text(max: number): Shape {
  return (value) => typeof value === 'string' && value.length <= max;
}

/** A name that the host gives: it may be asked for with it. */
export const id: Shape = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(value);

export function orNull(shape: Shape): Shape {
  return (value) => value === null || shape(value);
}

export function oneOf(...allowed: readonly string[]): Shape {
  return (value) => typeof value === 'string' && allowed.includes(value);
}

/** A list of so many at most. */
export function list(shape: Shape, max: number): Shape {
  return (value) => Array.isArray(value) && value.length <= max && value.every(shape);
}

/** Values by name, so many at most. */
export function byName(shape: Shape, max: number): Shape {
  return (value) => {
    if (!isObject(value)) return false;
    const values = Object.values(value);
    return values.length <= max && values.every(shape);
  };
}

/** An object that has all these fields; the compiler asks for every field of `T` that must be there. */
export function object<T extends object>(
  shapes: { readonly [K in keyof T as undefined extends T[K] ? never : K]: Shape },
  optional: { readonly [K in keyof T as undefined extends T[K] ? K : never]-?: Shape },
): Shape {
  const required = Object.entries<Shape>(shapes);
  const others = Object.entries<Shape>(optional);
  return (value) => {
    if (!isObject(value)) return false;
    const has = (name: string): boolean => Object.hasOwn(value, name);
    return (
      required.every(([name, shape]) => has(name) && shape(value[name])) &&
      others.every(([name, shape]) => !has(name) || shape(value[name]))
    );
  };
}

/** Any JSON that is not nested deeper than so. */
export function shallow(depth: number): Shape {
  return (value) => {
    if (typeof value !== 'object' || value === null) return true;
    return depth > 0 && Object.values(value).every(shallow(depth - 1));
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
