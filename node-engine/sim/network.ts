import type { Message } from '../raft/message.ts';
import type { NodeId } from '../raft/types.ts';
import type { ChoicePoint, Choices } from './choices.ts';

/** How the network of one schedule misbehaves; every link the same. Times in microseconds. */
export interface NetworkProfile {
  /** Probability that a message is lost. */
  readonly loss: number;
  /** Probability that a message arrives a second time, later. */
  readonly duplicate: number;
  /** A delay is `delayMinUs` plus an even draw below `delaySpanUs`. */
  readonly delayMinUs: number;
  readonly delaySpanUs: number;
  /** Probability of a delay drawn below `tailUs` instead: answers from terms long gone. */
  readonly tail: number;
  readonly tailUs: number;
  /** Keep the order of each link, as TCP does. Duplicates still come late. */
  readonly inOrder: boolean;
  /** A partition also swallows what is on its way when it starts. */
  readonly cutsInFlight: boolean;
}

/** A network on which every message arrives after one millisecond. */
export const PERFECT_NETWORK: NetworkProfile = {
  loss: 0,
  duplicate: 0,
  delayMinUs: 1000,
  delaySpanUs: 0,
  tail: 0,
  tailUs: 0,
  inOrder: true,
  cutsInFlight: true,
};

/** One direction between two nodes. */
interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly loss: ChoicePoint;
  readonly copy: ChoicePoint;
  readonly late: ChoicePoint;
  readonly delay: ChoicePoint;
  blocked: boolean;
  lastArrivalUs: number;
}

/** What a script may decide about one message before chance does. */
export type Ruling = 'pass' | 'drop' | 'hold';

/** Counters of one run. */
export interface NetworkCounts {
  sent: number;
  lost: number;
  duplicated: number;
  late: number;
  blocked: number;
}

/** Carries messages between nodes: late, twice, out of order, or never. */
export class Network {
  readonly counts: NetworkCounts = { sent: 0, lost: 0, duplicated: 0, late: 0, blocked: 0 };
  /** Messages a ruling held back, in the order they were sent. */
  readonly held: Message[] = [];
  /** Set by a script: decides before chance does. */
  ruling: ((message: Message) => Ruling) | null = null;
  private profile: NetworkProfile;
  private readonly choices: Choices;
  private readonly arrive: (atUs: number, message: Message) => void;
  private readonly links = new Map<NodeId, Map<NodeId, Link>>();

  constructor(
    profile: NetworkProfile,
    choices: Choices,
    arrive: (atUs: number, message: Message) => void,
  ) {
    this.profile = profile;
    this.choices = choices;
    this.arrive = arrive;
  }

  /** Replaces the behaviour of all links from now on. */
  setProfile(profile: NetworkProfile): void {
    this.profile = profile;
  }

  send(nowUs: number, message: Message): void {
    this.counts.sent += 1;
    const ruling = this.ruling === null ? 'pass' : this.ruling(message);
    if (ruling === 'hold') this.held.push(message);
    if (ruling !== 'pass') return;
    const link = this.link(message.from, message.to);
    if (link.blocked) {
      this.counts.blocked += 1;
      return;
    }
    const profile = this.profile;
    if (link.loss.chance(profile.loss)) {
      this.counts.lost += 1;
      return;
    }
    const late = link.late.chance(profile.tail);
    if (late) this.counts.late += 1;
    const span = late ? profile.tailUs : profile.delaySpanUs;
    let atUs = nowUs + profile.delayMinUs + link.delay.below(span);
    if (profile.inOrder && !late) {
      if (atUs < link.lastArrivalUs) atUs = link.lastArrivalUs;
      link.lastArrivalUs = atUs;
    }
    this.arrive(atUs, message);
    if (link.copy.chance(profile.duplicate)) {
      this.counts.duplicated += 1;
      const copySpan = profile.tail > 0 ? profile.tailUs : profile.delaySpanUs * 4;
      this.arrive(atUs + 1 + link.delay.below(copySpan), message);
    }
  }

  /** Hands a held message over for delivery now. */
  release(nowUs: number, message: Message): void {
    const position = this.held.indexOf(message);
    if (position >= 0) this.held.splice(position, 1);
    this.arrive(nowUs, message);
  }

  /** True when a message that arrives now must be swallowed. */
  swallows(message: Message): boolean {
    return this.profile.cutsInFlight && this.link(message.from, message.to).blocked;
  }

  isBlocked(from: NodeId, to: NodeId): boolean {
    return this.link(from, to).blocked;
  }

  block(from: NodeId, to: NodeId): void {
    this.link(from, to).blocked = true;
  }

  unblock(from: NodeId, to: NodeId): void {
    this.link(from, to).blocked = false;
  }

  /** Ends every partition. */
  heal(): void {
    for (const targets of this.links.values()) {
      for (const link of targets.values()) link.blocked = false;
    }
  }

  private link(from: NodeId, to: NodeId): Link {
    let targets = this.links.get(from);
    if (targets === undefined) {
      targets = new Map();
      this.links.set(from, targets);
    }
    let link = targets.get(to);
    if (link === undefined) {
      const arrow = `${from}>${to}`;
      link = {
        from,
        to,
        loss: this.choices.point('net', `loss ${arrow}`),
        copy: this.choices.point('net', `copy ${arrow}`),
        late: this.choices.point('net', `late ${arrow}`),
        delay: this.choices.point('net', `delay ${arrow}`),
        blocked: false,
        lastArrivalUs: 0,
      };
      targets.set(to, link);
    }
    return link;
  }
}
