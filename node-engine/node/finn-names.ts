/*
 * Finn counts its levels and backends. Whoever ports a program from there has the numbers in settings
 * and logs; these are their names.
 */

const LEVELS: ReadonlyMap<number, string> = new Map([
  [-1, 'low'],
  [0, 'medium'],
  [1, 'high'],
]);
const BACKENDS: ReadonlyMap<number, string> = new Map([
  [0, 'fastlog'],
  [1, 'bolt'],
  [2, 'inmem'],
  [3, 'leveldb'],
]);

/** The name of one of Finn's levels of consistency or durability; 'unknown' when it is none. */
export function levelName(level: number): string {
  return LEVELS.get(level) ?? 'unknown';
}

/** The name of one of Finn's backends; 'unknown' when it is none. */
export function backendName(backend: number): string {
  return BACKENDS.get(backend) ?? 'unknown';
}
