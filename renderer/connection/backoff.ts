const FIRST_DELAY_MS = 250;
const DELAY_MS_MAX = 4_000;

/**
 * How long to wait before attempt number `attempt` (0-based) to reach the host again.
 *
 * Doubles up to four seconds: the host is on this machine or one hop away, so a person who has just
 * restarted it should not have to wait. `chance` (0 to 1) spreads several windows apart.
 */
export function reconnectDelayMs(attempt: number, chance: number): number {
  const base = Math.min(FIRST_DELAY_MS * 2 ** attempt, DELAY_MS_MAX);
  return Math.round(base * (0.75 + 0.5 * chance));
}
