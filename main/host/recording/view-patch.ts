/*
 * A picture of a cluster is a few kilobytes and differs from the one before in a few numbers. The
 * recording holds a whole one now and then and only the differences in between.
 */

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

interface JsonObject {
  readonly [name: string]: Json;
}

/** What turns one JSON value into another: a new value, or changes and removals by name. */
export type Patch =
  readonly ['=', Json] | readonly ['~', Readonly<Record<string, Patch>>, readonly string[]];

/** What differs, or null when nothing does. Lists of another length are replaced whole. */
export function diff(before: Json, after: Json): Patch | null {
  if (before === after) return null;
  if (!isContainer(before) || !isContainer(after)) return ['=', after];
  if (Array.isArray(before) !== Array.isArray(after)) return ['=', after];
  if (Array.isArray(after) && lengthOf(before) !== after.length) return ['=', after];
  const [old, fresh] = [before as JsonObject, after as JsonObject];
  const changes: [string, Patch][] = [];
  for (const [name, value] of Object.entries(fresh)) {
    const known = Object.hasOwn(old, name) ? old[name] : undefined;
    const change: Patch | null = known === undefined ? ['=', value] : diff(known, value);
    if (change !== null) changes.push([name, change]);
  }
  const removed = Object.keys(old).filter((name) => !Object.hasOwn(fresh, name));
  if (changes.length + removed.length === 0) return null;
  return ['~', Object.fromEntries(changes), removed];
}

/** The value after the change; `before` itself stays as it is. */
export function applyPatch(before: Json, patch: Patch): Json {
  if (patch[0] === '=') return patch[1];
  const [, changes, removed] = patch;
  if (Array.isArray(before)) {
    return (before as readonly Json[]).map((item, at) => {
      const change = Object.hasOwn(changes, String(at)) ? changes[String(at)] : undefined;
      return change === undefined ? item : applyPatch(item, change);
    });
  }
  const fields = new Map(Object.entries(isContainer(before) ? (before as JsonObject) : {}));
  for (const name of removed) fields.delete(name);
  for (const [name, change] of Object.entries(changes)) {
    fields.set(name, applyPatch(fields.get(name) ?? null, change));
  }
  return Object.fromEntries(fields);
}

function isContainer(value: Json): value is readonly Json[] | JsonObject {
  return typeof value === 'object' && value !== null;
}

function lengthOf(value: Json): number {
  return Array.isArray(value) ? value.length : -1;
}
