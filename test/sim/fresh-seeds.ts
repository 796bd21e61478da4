import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

/** Where the seeds of a run begin, and why there. */
export interface FreshSeeds {
  readonly from: number;
  readonly reason: string;
}

/** Taken where there is no commit to go by; any number would do. */
const FALLBACK = 20_141_020;
/** So many hex digits of a hash become a seed: far apart, and still a safe integer. */
const SEED_DIGITS = 12;

/**
 * The first seed for this commit: every commit is tried with schedules that no other has had, and the
 * same commit always with the same. RAFTDECK_SIM_SEED overrides it.
 *
 * @throws RangeError when RAFTDECK_SIM_SEED is not a safe integer of 0 or more
 */
export function freshSeeds(root: string, override = process.env['RAFTDECK_SIM_SEED']): FreshSeeds {
  if (override !== undefined && override !== '') {
    const from = Number(override);
    if (!Number.isSafeInteger(from) || from < 0) {
      throw new RangeError(`RAFTDECK_SIM_SEED is ${override}, not a whole number of 0 or more`);
    }
    return { from, reason: 'RAFTDECK_SIM_SEED' };
  }
  const commit = commitOf(root);
  if (commit === null) return { from: FALLBACK, reason: 'no commit to go by' };
  return { from: seedOf(commit), reason: `commit ${commit.slice(0, 12)}` };
}

/** The first seed for a commit. */
export function seedOf(commit: string): number {
  const digest = createHash('sha256').update(commit).digest('hex');
  return Number.parseInt(digest.slice(0, SEED_DIGITS), 16);
}

/** The commit that is checked out, or null without git or outside a repository. */
function commitOf(root: string): string | null {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
  } catch {
    return null;
  }
}
