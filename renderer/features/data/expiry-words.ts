import { formatAge } from '../../ui/format.ts';

/** How long a key has left: 'in 5 min', 'now'; null when that is over. */
export function timeLeft(expiresAtMs: number, nowMs: number): string | null {
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return null;
  return leftMs < 1_000 ? 'now' : `in ${formatAge(leftMs)}`;
}

/** The same among other facts: 'expires in 5 min', 'expired'. */
export function expiryWords(expiresAtMs: number, nowMs: number): string {
  const left = timeLeft(expiresAtMs, nowMs);
  return left === null ? 'expired' : `expires ${left}`;
}
