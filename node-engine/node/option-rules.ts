import { DEFAULT_RAFT_CONFIG } from '../raft/config.ts';

/*
 * What the options of a node may be, and what follows from one when the others are left out. The
 * command line, the cluster file and `openNode` share these rules; each says in its own way where
 * the wrong value stood.
 */

const ID = /^[A-Za-z0-9._-]{1,40}$/;

/** Least and most of each option that is a number. */
export const OPTION_RANGES = {
  electionTimeoutMs: { min: 20, max: 60_000 },
  heartbeatMs: { min: 5, max: 10_000 },
  snapshotEntries: { min: 0, max: 1_000_000_000 },
  trailingEntries: { min: 0, max: 1_000_000_000 },
} as const;

/** Fewer bytes could be guessed. */
export const SECRET_BYTES_MIN = 16;
/** More is no secret but a file given by mistake. */
export const SECRET_BYTES_MAX = 4096;

/** What is wrong with a node's id, or null. */
export function nodeIdProblem(id: string): string | null {
  if (!ID.test(id)) {
    return `invalid node id '${id}': 1 to 40 letters, digits, dots, dashes or underscores`;
  }
  // It becomes the name of a folder.
  return id === '.' || id === '..' ? `invalid node id '${id}': it would be a folder above` : null;
}

/** What is wrong with a number, or null. */
export function rangeProblem(
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): string | null {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return null;
  return `${value} is not a whole number from ${min} to ${max}`;
}

/** The three times of a node, milliseconds. */
export interface Timing {
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatIntervalMs: number;
}

/**
 * The timing that follows from what was asked for. An election timeout is drawn from [min, 2 × min);
 * a heartbeat that was not asked for is a fifth of the shortest, so that a few may be lost.
 */
export function timingFrom(asked: {
  readonly electionTimeoutMs: number | null;
  readonly heartbeatMs: number | null;
}): Timing {
  const electionTimeoutMinMs = asked.electionTimeoutMs ?? DEFAULT_RAFT_CONFIG.electionTimeoutMinMs;
  const fifth = Math.max(OPTION_RANGES.heartbeatMs.min, Math.floor(electionTimeoutMinMs / 5));
  const heartbeatIntervalMs = asked.heartbeatMs ?? fifth;
  return {
    electionTimeoutMinMs,
    electionTimeoutMaxMs: 2 * electionTimeoutMinMs,
    heartbeatIntervalMs,
  };
}

/**
 * What is wrong with a timing, or null. A follower that misses a single heartbeat must not stand for
 * election, so the shortest election timeout is more than twice the heartbeat (Raft paper §5.6).
 */
export function timingProblem({
  electionTimeoutMinMs,
  heartbeatIntervalMs,
}: Timing): string | null {
  if (electionTimeoutMinMs > 2 * heartbeatIntervalMs) return null;
  return (
    `an election timeout of ${electionTimeoutMinMs} ms is too short for a heartbeat of ` +
    `${heartbeatIntervalMs} ms: it must be ${2 * heartbeatIntervalMs + 1} to ` +
    `${OPTION_RANGES.electionTimeoutMs.max} ms (more than twice the heartbeat)`
  );
}
