import type {
  ReadFailure,
  ReadWaiter,
  Session,
  WriteFailure,
  WriteWaiter,
} from '../node/driver-ports.ts';
import type { LogIndex, NodeId, Term } from '../raft/types.ts';
import { ClientHistory } from './client-history.ts';
import type { Begun } from './client-history.ts';
import { encodeWrite } from './command-bytes.ts';
import type { ClientOperation } from './fault.ts';
import { beginRead, checkAgedRead, checkReadSees } from './invariants/reads.ts';
import type { SimNode } from './sim-node.ts';
import type { World } from './world.ts';

/** No clock of a schedule is slower than this. */
const SLOWEST_RATE = 0.5;

/** An operation whose client waits. */
interface Pending {
  readonly node: SimNode;
  readonly life: number;
  readonly startedUs: number;
  readonly what: string;
}

/**
 * The clients of the cluster. They know which answers are promises: an acknowledged write is in the
 * log for good, a refused one never was, and a read sees everything answered before it began.
 */
export class Clients {
  /** Operations without an answer. */
  readonly pending = new Set<Pending>();
  /** Index of the newest write answered with success, for progress. */
  acknowledgedIndex: LogIndex = 0;
  private readonly world: World;
  private readonly sessions = new Map<string, Session>();
  private nextWriteId = 1;
  private readonly history: ClientHistory | null;
  /** The write behind an operation of the history. */
  private readonly writeIds = new Map<number, number>();

  /** @param keepsHistory what clients see is noted, for a check at the end */
  constructor(world: World, keepsHistory = false) {
    this.world = world;
    this.history = keepsHistory ? new ClientHistory() : null;
  }

  run(operation: ClientOperation): void {
    const node = this.world.nodes.get(operation.node);
    if (node?.isRunning !== true || node.pausedUntilUs > this.world.nowUs) return;
    this.world.call(node, () => {
      for (let count = 0; count < operation.count; count += 1) this.one(operation, node);
    });
  }

  /** Someone who waits for a dead server learns that its connection is gone. */
  forget(node: SimNode): void {
    for (const pending of this.pending) {
      if (pending.node === node && pending.life !== node.life) this.pending.delete(pending);
    }
  }

  /** Every operation must have ended by now (L5). */
  checkEnded(olderThanUs: number): void {
    const { ghost, nowUs } = this.world;
    const late = this.overdue(olderThanUs);
    ghost.check('L5', late === null, () => {
      const ageUs = nowUs - (late?.startedUs ?? 0);
      return `a ${late?.what ?? ''} on ${late?.node.id ?? ''} has no answer for ${ageUs} us`;
    });
  }

  /** Everything that clients were told follows one order (S21). */
  checkHistory(): void {
    if (this.history === null) return;
    const { ghost, counts, marks } = this.world;
    const { reason, operations, unanswered } = this.history.check((begun) => {
      const id = this.writeIds.get(begun.id) ?? 0;
      const index = ghost.writeRecord(id).committedAt;
      return index === 0 ? null : ghost.commandsThrough(index);
    });
    if (unanswered > 0) marks['client history with unanswered writes checked'] += 1;
    counts.histories += 1;
    counts.historyOperations += operations;
    ghost.check('S21', reason === null, () => reason ?? '');
  }

  /** An operation that began longer ago than this and has no answer, or null. */
  overdue(olderThanUs: number): Pending | null {
    const { nowUs } = this.world;
    for (const pending of this.pending) {
      const { node, life, startedUs } = pending;
      const isWaiting = node.life === life && node.state === 'up';
      if (isWaiting && nowUs - startedUs >= olderThanUs) return pending;
    }
    return null;
  }

  private one(operation: ClientOperation, node: SimNode): void {
    switch (operation.kind) {
      case 'write':
        this.write(operation.client, node);
        break;
      case 'read':
        this.read(operation.client, node, 'high');
        break;
      case 'follower-read':
        this.read(operation.client, node, 'follower');
        break;
      case 'aged-read':
        this.agedRead(operation.client, node, operation.maxAgeMs ?? 0);
        break;
      case 'local-read':
        this.localRead(operation.client, node);
        break;
    }
  }

  private write(client: number, node: SimNode): void {
    const { world } = this;
    const { ghost } = world;
    const id = this.nextWriteId;
    this.nextWriteId += 1;
    const pending = this.begin(node, `write ${id}`);
    const asked = this.note('add');
    if (asked !== null) this.writeIds.set(asked.id, id);
    const waiter: WriteWaiter = {
      applied: (reply, index) => {
        this.end(pending);
        if (!node.isRunning) return;
        if (asked !== null && typeof reply === 'number') this.history?.answered(asked, reply);
        world.counts.writesAnswered += 1;
        const entry = ghost.committed[index]?.entry;
        ghost.check('S24', entry?.writeId === id, () => {
          return `write ${id} is answered as entry ${index}, which holds ${entry?.writeId ?? 'nothing'}`;
        });
        const expected = ghost.commandsThrough(index);
        ghost.check('S24', reply === expected, () => {
          const answer = typeof reply === 'number' ? String(reply) : 'something else';
          return `write ${id} is answered ${answer}, it is command ${expected}`;
        });
        ghost.noteSeen(index, this.world.nowUs);
        this.acknowledgedIndex = Math.max(this.acknowledgedIndex, index);
      },
      failed: (failure) => {
        this.end(pending);
        if (!node.isRunning) return;
        if (asked !== null && failure.kind !== 'unknown') this.history?.refused(asked);
        this.writeFailed(id, failure);
      },
    };
    const session = this.session(client, node);
    const { lastWriteIndex } = session;
    node.driver?.write(encodeWrite(id, world.profile.clients.paddingBytes), waiter, session);
    if (session.lastWriteIndex !== lastWriteIndex) {
      world.marks['write proposed before its turn'] += 1;
    }
  }

  private writeFailed(id: number, failure: WriteFailure): void {
    const { ghost, marks } = this.world;
    const record = ghost.writeRecord(id);
    switch (failure.kind) {
      case 'unknown':
        marks['write answered as unknown'] += 1;
        return;
      case 'superseded':
        marks['write answered as superseded'] += 1;
        break;
      case 'refused':
      case 'storage-failed':
      case 'unavailable':
        marks['write refused'] += 1;
        ghost.check('S24', !record.inLog, () => {
          return `write ${id} is in a log although its client was told: ${failure.kind}`;
        });
        record.neverInLog = true;
        break;
    }
    ghost.check('S24', record.committedAt === 0, () => {
      return `write ${id} is entry ${record.committedAt} although its client was told it never happened`;
    });
    record.denied = true;
  }

  private read(client: number, node: SimNode, level: 'high' | 'follower'): void {
    const { world } = this;
    const pending = this.begin(node, 'read');
    const asked = this.note('read');
    const read = beginRead(world.ghost);
    const isBehind = read.floor > (node.driver?.appliedIndex ?? 0);
    const waiter: ReadWaiter = {
      ready: () => {
        this.end(pending);
        if (!node.isRunning) return;
        world.counts.readsAnswered += 1;
        this.noteFollowerRead(node, isBehind);
        const index = this.look(node, asked);
        checkReadSees(world.ghost, read, { node: node.id, index });
        world.ghost.noteSeen(index, this.world.nowUs);
      },
      failed: (failure) => {
        this.end(pending);
        this.noteLostRead(failure);
      },
    };
    node.driver?.read(level, waiter, this.session(client, node));
  }

  /** A read that accepts an old state, but none older than it says. */
  private agedRead(client: number, node: SimNode, maxAgeMs: number): void {
    const { ghost, counts, marks } = this.world;
    const pending = this.begin(node, 'read with a greatest age');
    const floor = this.floorOf(node, maxAgeMs);
    let isAtOnce = true;
    const waiter: ReadWaiter = {
      ready: () => {
        this.end(pending);
        if (!node.isRunning) return;
        counts.agedReads += 1;
        if (isAtOnce && node.ghost.role !== 'leader') {
          marks['read with a greatest age answered at once by a follower'] += 1;
        }
        const index = this.look(node);
        if (floor !== null) checkAgedRead(ghost, floor, { node: node.id, index });
        ghost.noteSeen(index, this.world.nowUs);
      },
      failed: (failure) => {
        this.end(pending);
        this.noteLostRead(failure);
      },
    };
    node.driver?.read({ maxAgeMs }, waiter, this.session(client, node));
    isAtOnce = false;
  }

  /**
   * What a read with a greatest age must see; null when the node's clocks cannot tell: the monotonic
   * one has stood still and the other was set back. A clock that is only slow may take a time for half
   * of what it was.
   */
  private floorOf(node: SimNode, maxAgeMs: number): LogIndex | null {
    const { clock } = node;
    if (clock === null || (clock.wentBack && clock.stoodStill)) return null;
    const factor = clock.wentBack ? 1 / SLOWEST_RATE : 1;
    return this.world.ghost.seenIndexAt(this.world.nowUs - maxAgeMs * 1000 * factor);
  }

  /** Looks at the machine, as the answer to what was asked; what it has applied. */
  private look(node: SimNode, asked: Begun | null = null): LogIndex {
    const seen = node.machine?.query();
    if (asked !== null && typeof seen === 'number') this.history?.answered(asked, seen);
    return node.driver?.appliedIndex ?? 0;
  }

  private noteFollowerRead(node: SimNode, wasBehind: boolean): void {
    if (node.ghost.role === 'leader') return;
    this.world.counts.followerReads += 1;
    this.world.marks['client read answered by a follower'] += 1;
    if (wasBehind) this.world.marks['client read on a follower waited until it was applied'] += 1;
  }

  private noteLostRead({ kind }: ReadFailure): void {
    const { marks } = this.world;
    if (kind === 'not-confirmed') marks['client read lost with the leader of its follower'] += 1;
    if (kind === 'too-old') marks['read with a greatest age refused'] += 1;
  }

  /** A read that may be stale; it still must see the connection's own acknowledged writes. */
  private localRead(client: number, node: SimNode): void {
    const pending = this.begin(node, 'local read');
    const waiter: ReadWaiter = {
      ready: () => {
        this.end(pending);
        if (node.isRunning) node.machine?.query();
      },
      failed: () => {
        this.end(pending);
      },
    };
    node.driver?.read(client % 2 === 0 ? 'medium' : 'low', waiter, this.session(client, node));
  }

  private note(f: Begun['f']): Begun | null {
    return this.history?.begin(f) ?? null;
  }

  private begin(node: SimNode, what: string): Pending {
    const pending: Pending = { node, life: node.life, startedUs: this.world.nowUs, what };
    this.pending.add(pending);
    return pending;
  }

  private end(pending: Pending): void {
    const { ghost } = this.world;
    if (!this.pending.delete(pending) && pending.node.life === pending.life) {
      ghost.violate('L5', `a ${pending.what} on ${pending.node.id} is answered twice`);
    }
  }

  private session(client: number, node: SimNode): Session {
    const key = `${client} ${node.id} ${node.life}`;
    let session = this.sessions.get(key);
    if (session === undefined) {
      const fresh: { unproposed: number; lastWriteIndex: LogIndex; lastWriteTerm: Term } = {
        unproposed: 0,
        lastWriteIndex: 0,
        lastWriteTerm: 0,
      };
      session = fresh;
      this.sessions.set(key, session);
    }
    return session;
  }
}

/** Whom a client would ask: the leader it can know of, or anyone. */
export function likelyLeader(world: World, fallback: NodeId): NodeId {
  let best: SimNode | null = null;
  for (const node of world.nodes.values()) {
    if (node.isRunning && node.ghost.role === 'leader') {
      if (best === null || node.ghost.term > best.ghost.term) best = node;
    }
  }
  return best?.id ?? fallback;
}
