import type { EventView } from '../../contract/model.ts';

/** What an event is on the small map of a recording; null for what does not stand out. */
export function standsOut({
  type,
  fields,
}: EventView): 'crash' | 'election' | 'fault' | 'snapshot' | null {
  if (type === 'process-exited') return 'crash';
  if (type === 'role' && fields['role'] === 'leader') return 'election';
  if (type === 'fault') return 'fault';
  if (type === 'snapshot-taken' || type === 'snapshot-installed') return 'snapshot';
  return null;
}
