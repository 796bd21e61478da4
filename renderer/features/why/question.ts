import type { ClusterView } from '../../../main/contract/model.ts';

/** What is asked: why there is no leader, or why there is one and not all is well. */
export type Question = 'no-leader' | 'degraded';

/** The question that this moment raises; null where all is well, or where nothing is meant to run. */
export function questionOf({ health }: ClusterView): Question | null {
  switch (health.level) {
    case 'no-leader':
    case 'unknown':
      return 'no-leader';
    case 'degraded':
      return 'degraded';
    case 'healthy':
    case 'starting':
    case 'stopped':
      return null;
  }
}
