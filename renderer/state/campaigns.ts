import type { EventView } from '../../main/contract/model.ts';

/** How a node's attempt to be elected stands, as its trace tells. */
export interface Campaign {
  /** Its own vote included (Raft paper §5.2). */
  readonly votes: number;
  /** How often it has asked each of the others, since it last followed or led. */
  readonly askedById: Readonly<Record<string, number>>;
}

/** The campaigns under way, by node. A value; it stays the same while no event is about one. */
export type Campaigns = Readonly<Record<string, Campaign>>;

const FRESH: Campaign = { votes: 1, askedById: {} };

export function recordCampaigns(before: Campaigns, events: readonly EventView[]): Campaigns {
  return events.reduce(recordEvent, before);
}

function recordEvent(before: Campaigns, { nodeId, type, fields }: EventView): Campaigns {
  const campaign = before[nodeId];
  switch (type) {
    case 'role': {
      const role = fields['role'];
      if (role === 'candidate' || role === 'pre-candidate') {
        // A real election follows a pre-vote that was won: its votes are counted anew.
        return { ...before, [nodeId]: { ...(campaign ?? FRESH), votes: 1 } };
      }
      if (campaign === undefined) return before;
      return Object.fromEntries(Object.entries(before).filter(([id]) => id !== nodeId));
    }
    case 'vote-requested': {
      const { from, to } = fields;
      if (from !== nodeId || typeof to !== 'string') return before;
      const { votes, askedById } = campaign ?? FRESH;
      const asked = { ...askedById, [to]: (askedById[to] ?? 0) + 1 };
      return { ...before, [nodeId]: { votes, askedById: asked } };
    }
    case 'vote-received': {
      const votes = fields['votes'];
      if (campaign === undefined || typeof votes !== 'number') return before;
      return { ...before, [nodeId]: { ...campaign, votes } };
    }
    default:
      return before;
  }
}

/** How many times it has asked: as often as it has asked whom it asked most. */
export function roundsOf({ askedById }: Campaign): number {
  return Math.max(0, ...Object.values(askedById));
}
