import type { NodeId } from '../raft/types.ts';

/** What is done to the files of a server that is down. */
export type DamageKind =
  /** One bit of one log record flips. */
  | 'record'
  /** The newest records are gone. */
  | 'tail'
  /** One meta page has a flipped bit. */
  | 'meta'
  /** Both meta pages are gone. */
  | 'both-metas'
  /** The newest snapshot has a flipped bit. */
  | 'snapshot'
  /** Every record is gone, the meta pages are not. */
  | 'log'
  /** The records of an earlier crash are back, under the meta pages of today. */
  | 'old-log'
  /** One meta page of an earlier crash is back. */
  | 'old-meta';

/** Something that happens to the cluster from outside. Times in microseconds. */
export type Fault =
  | {
      readonly kind: 'crash';
      readonly node: NodeId;
      readonly downUs: number;
      /** Only the process ends: the machine keeps what was written and not synced. */
      readonly isKill?: boolean;
    }
  /** Every server at once, as when the power fails. */
  | { readonly kind: 'crash-all'; readonly downUs: number }
  /** Crashes at the n-th place from now where the server touches the outside world. */
  | {
      readonly kind: 'crash-at-effect';
      readonly node: NodeId;
      readonly effects: number;
      readonly downUs: number;
    }
  /** Blocks links, from → to. `flapUs` > 0: on and off in turns. */
  | {
      readonly kind: 'partition';
      readonly shape: string;
      readonly blocked: readonly (readonly [NodeId, NodeId])[];
      readonly forUs: number;
      readonly flapUs: number;
    }
  /**
   * Servers lose all their links one after the other, and get them back in another order: `[server,
   * when it is cut off, when it is back]`, from now.
   */
  | {
      readonly kind: 'swizzle';
      readonly cuts: readonly (readonly [node: NodeId, cutUs: number, backUs: number])[];
    }
  | { readonly kind: 'heal' }
  /** The connections between two servers are closed and opened again. */
  | { readonly kind: 'reset-link'; readonly node: NodeId; readonly peer: NodeId }
  | {
      readonly kind: 'pause';
      readonly node: NodeId;
      readonly forUs: number;
      /** Its monotonic clock stands still meanwhile, as that of a machine that sleeps. */
      readonly stopsClock?: boolean;
    }
  | { readonly kind: 'clock-rate'; readonly node: NodeId; readonly rate: number }
  | { readonly kind: 'wall-jump'; readonly node: NodeId; readonly byMs: number }
  | {
      readonly kind: 'slow-disk';
      readonly node: NodeId;
      readonly syncUs: number;
      readonly forUs: number;
    }
  | { readonly kind: 'write-error'; readonly node: NodeId; readonly downUs: number }
  | { readonly kind: 'disk-full'; readonly nodes: readonly NodeId[]; readonly forUs: number }
  | {
      readonly kind: 'damage';
      readonly node: NodeId;
      readonly damage: DamageKind;
      /** Chooses the record and the bit. */
      readonly pick: number;
      readonly downUs: number;
    }
  | { readonly kind: 'campaign'; readonly node: NodeId }
  | { readonly kind: 'transfer'; readonly node: NodeId; readonly to: NodeId | null }
  | { readonly kind: 'snapshot'; readonly node: NodeId }
  | {
      readonly kind: 'add';
      readonly via: NodeId;
      readonly node: NodeId;
      readonly voter: boolean;
      readonly promote: boolean;
    }
  | {
      readonly kind: 'remove' | 'promote' | 'demote';
      readonly via: NodeId;
      readonly node: NodeId;
    };

/** What a client does. */
export interface ClientOperation {
  readonly client: number;
  readonly kind: 'write' | 'read' | 'follower-read' | 'aged-read' | 'local-read';
  readonly node: NodeId;
  /** Writes sent in one go. */
  readonly count: number;
  /** Of an `aged-read`: the age it accepts. */
  readonly maxAgeMs?: number;
}

/** Something that was decided for a moment of a schedule. */
export type Decision =
  | { readonly atUs: number; readonly fault: Fault }
  | { readonly atUs: number; readonly operation: ClientOperation };
