import type { Operation } from './operation.ts';

/*
 * A history as JSON Lines, for other checkers and other days: one operation a line,
 * `{id, process, f, key, value, invokeNs, completeNs, type}`. `value` is the pair of what was asked
 * and what was answered; `completeNs` is null while nobody knows the outcome.
 */

/** One line, without its end. */
export function historyLine(operation: Operation): string {
  const { id, process, f, key, input, output, invokeNs, completeNs, type } = operation;
  const end = Number.isFinite(completeNs) ? completeNs : null;
  return JSON.stringify({
    ...{ id, process, f, key },
    value: [input ?? null, output ?? null],
    ...{ invokeNs, completeNs: end, type },
  });
}

/**
 * Reads what `historyLine` wrote; empty lines count for nothing.
 *
 * @throws SyntaxError that names the first line that is no operation
 */
export function parseHistory(text: string): readonly Operation[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const operation = parseLine(line);
    if (operation === null) throw new SyntaxError(`line ${at + 1} is no operation: ${line}`);
    return [operation];
  });
}

function parseLine(line: string): Operation | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const fields = parsed as Readonly<Record<string, unknown>>;
  const { id, process, f, key, value, invokeNs, completeNs, type } = fields;
  const isWhole =
    typeof id === 'number' &&
    typeof process === 'number' &&
    typeof f === 'string' &&
    typeof key === 'string' &&
    typeof invokeNs === 'number' &&
    (typeof completeNs === 'number' || completeNs === null) &&
    (type === 'ok' || type === 'fail' || type === 'info') &&
    Array.isArray(value) &&
    value.length === 2;
  if (!isWhole) return null;
  const [input, output] = value as unknown[];
  return { id, process, f, key, input, output, invokeNs, completeNs: completeNs ?? Infinity, type };
}
