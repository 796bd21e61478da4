import type { NodeTraceEvent } from './status.ts';

/** What the trace of a node says that whoever runs it must know of, in words; null for all the rest. */
export function troubleOf({ type, ...event }: NodeTraceEvent): string | null {
  const reason = String(event['reason']);
  switch (type) {
    case 'log-read-failed': {
      const { to, fromIndex } = event;
      return `node ${String(to)} does not get the log from entry ${String(fromIndex)}: ${reason}`;
    }
    case 'snapshot-read-failed': {
      const { to, index } = event;
      return (
        `node ${String(to)} does not get the snapshot at entry ${String(index)}: ${reason}; it gets a ` +
        'newer one as soon as one can be made'
      );
    }
    case 'snapshot-failed': {
      const { index } = event;
      if (typeof index === 'number') {
        return `the leader's snapshot at entry ${index} cannot be kept: ${reason}`;
      }
      // The end of the node ends its snapshots too, which is no failure.
      return reason === 'aborted' ? null : `snapshot failed: ${reason}`;
    }
    default:
      return null;
  }
}
