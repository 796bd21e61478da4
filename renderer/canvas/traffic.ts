import type { EventView } from '../../main/contract/model.ts';

/** A message between two nodes, as far as the picture shows messages. */
export interface Traffic {
  readonly kind: 'append' | 'heartbeat' | 'ack' | 'vote-request' | 'vote-granted' | 'vote-denied';
  readonly from: string;
  readonly to: string;
  /** Entries carried; 0 for everything but an append. */
  readonly entries: number;
  /** How far the follower's log matches, for an ack. */
  readonly matchIndex: number;
}

/**
 * The message that a traced event tells of, or null for an event that is none. Fields come from a
 * node's trace as data, so each is looked at before it is believed.
 */
export function trafficOf({ nodeId, type, fields }: EventView): Traffic | null {
  const base = { entries: 0, matchIndex: 0 };
  const from = textField(fields, 'from');
  const to = textField(fields, 'to');
  switch (type) {
    case 'sent': {
      if (fields['message'] !== 'AppendEntriesRequest' || to === null) return null;
      const entries = numberField(fields, 'entries');
      return { ...base, kind: entries > 0 ? 'append' : 'heartbeat', from: nodeId, to, entries };
    }
    case 'acknowledged':
      if (from === null) return null;
      return {
        ...base,
        kind: 'ack',
        from,
        to: nodeId,
        matchIndex: numberField(fields, 'matchIndex'),
      };
    case 'vote-requested':
      // Both sides trace it; the candidate's word is enough.
      if (to === null || from !== nodeId) return null;
      return { ...base, kind: 'vote-request', from, to };
    case 'vote-received':
      if (from === null) return null;
      return {
        ...base,
        kind: fields['granted'] === true ? 'vote-granted' : 'vote-denied',
        from,
        to: nodeId,
      };
    default:
      return null;
  }
}

function textField(fields: EventView['fields'], name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' ? value : null;
}

function numberField(fields: EventView['fields'], name: string): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
