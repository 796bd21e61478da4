import { createHash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import type { Machine, MachineSnapshot } from '../machine/machine.ts';
import type { RaftCore } from '../raft/core.ts';
import type { LogIndex } from '../raft/types.ts';
import type { Reply } from '../resp/value.ts';
import type { ImportFolder } from '../snapshot/import-folder.ts';
import type { SnapshotStore } from '../snapshot/snapshot-store.ts';
import type { Driver } from './driver.ts';
import type { DriverObserver, WriteFailure } from './driver-ports.ts';
import { encodeRestoreEntry, type RestoreEntry } from './restore-entry.ts';
import { readRestoreSource, type RestoreSource } from './restore-source.ts';
import { RestoreSourceError } from './restore-source-error.ts';
import type { SnapshotOutcome } from './snapshotter.ts';
import type { RestoreStatus } from './status.ts';
import { waiterOf } from './waiter-of.ts';

/** Bytes of the state in one entry. */
const PIECE_BYTES = 512 * 1024;
/** Pieces that are proposed and not applied yet: enough to keep disk and network busy. */
const PIECES_UNDER_WAY = 4;
/** How long a snapshot under way may keep the one before the restore waiting. */
const SNAPSHOT_WAIT_MS = 60_000;
/** A state from later than this would take the cluster's time along, and it cannot go back. */
const AHEAD_MAX_NS = 24n * 3600n * 1_000_000_000n;

/** What a restore is made with. */
export interface RestorerPorts {
  readonly driver: Driver;
  readonly core: RaftCore;
  readonly snapshots: SnapshotStore;
  readonly imports: ImportFolder;
  /** The node's own. */
  readonly machine: Machine;
  /** An empty machine of the node's kind. */
  readonly createMachine: () => Machine;
  readonly trace: DriverObserver['trace'];
  /** Resolves at the end of the first turn in which `condition` holds; false at the deadline. */
  readonly waitUntil: (condition: () => boolean, timeoutMs: number) => Promise<boolean>;
}

/** How a restore ended. */
export type RestoreOutcome =
  | {
      readonly ok: true;
      /** The state is in force from this entry on. */
      readonly index: LogIndex;
      readonly keys: number;
      readonly sizeBytes: number;
      /** Name in the import folder of the state before; null when nothing was there. */
      readonly before: string | null;
    }
  /** Nothing was changed. */
  | { readonly ok: false; readonly reason: string }
  /** Refused by the core, or not known whether it happened. */
  | { readonly ok: false; readonly failure: WriteFailure };

type Applied =
  | { readonly ok: true; readonly reply: Reply; readonly index: LogIndex }
  | { readonly ok: false; readonly failure: WriteFailure };

/** Nothing was changed, for this reason. */
class NotRestored extends Error {}

const LOST = 'this node lost its leadership while the state was on its way; nothing was changed';

/**
 * Replaces the state of a running cluster by that of a file. It is the leader's work: the file is read
 * into a machine of its own first, the present state is kept as a snapshot, and then the new one goes
 * through the log in pieces and is put in force by a last entry. So it is committed like any write: it
 * happens on every node at one index, or nowhere.
 */
export class Restorer {
  readonly #ports: RestorerPorts;
  #status: RestoreStatus | null = null;

  constructor(ports: RestorerPorts) {
    this.#ports = ports;
  }

  /** What this node restores, or what another leader sends; null when nothing is. */
  get status(): RestoreStatus | null {
    const staged = this.#ports.driver.snapshotter.staged;
    return staged === null ? this.#status : { ...staged, step: 'copying' };
  }

  /**
   * Restores the file at `path`.
   *
   * @param name what it is called in status and trace
   */
  async restore(path: string, name: string): Promise<RestoreOutcome> {
    const refusal = this.#refusal();
    if (refusal !== null) return refusal;
    this.#status = { name, step: 'checking', bytes: 0, sizeBytes: 0 };
    try {
      return await this.#restore(path, name);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#ports.trace({ type: 'restore-failed', name, reason: error.message });
      return { ok: false, reason: error.message };
    } finally {
      this.#status = null;
    }
  }

  #refusal(): RestoreOutcome | null {
    const { core, driver } = this.#ports;
    if (core.role() !== 'leader') {
      const leaderId = core.leaderId();
      return { ok: false, failure: { kind: 'refused', reason: 'not-leader', leaderId } };
    }
    if (this.#status !== null || driver.snapshotter.staged !== null) {
      return { ok: false, reason: 'a restore is in progress' };
    }
    return null;
  }

  async #restore(path: string, name: string): Promise<RestoreOutcome> {
    const source = await readRestoreSource(path, () => this.#ports.createMachine());
    const { timeNs } = source.times;
    if (timeNs > this.#ports.driver.nowNs() + AHEAD_MAX_NS) {
      throw new RestoreSourceError(
        'the state is from more than a day after the time of this cluster; is a clock wrong?',
      );
    }
    const { sizeBytes, sha256 } = await measured(source);
    const before = await this.#keepPresent();
    const machine = source.machine.name;
    const id = randomBytes(8).toString('hex');
    this.#status = { name, step: 'copying', bytes: 0, sizeBytes };
    this.#ports.trace({ type: 'restore-started', name, sizeBytes });
    await this.#stage(id, source, { name, machine, sizeBytes, sha256 });
    const committed = await this.#propose({ type: 'commit', id }, timeNs);
    if (!committed.ok) return this.#notCommitted(name, committed.failure);
    if (!isOk(committed.reply)) throw new NotRestored(LOST);
    const { index } = committed;
    return { ok: true, index, keys: this.#ports.machine.size(), sizeBytes, before };
  }

  /** Sends everything but the last word. */
  async #stage(
    id: string,
    source: RestoreSource,
    announced: Extract<RestoreEntry, { readonly type: 'begin' }>['announced'],
  ): Promise<void> {
    const { timeNs } = source.times;
    await this.#must({ type: 'begin', id, announced }, timeNs);
    const underWay: Promise<void>[] = [];
    try {
      for await (const data of piecesOf(source.machine)) {
        const piece = this.#must({ type: 'bytes', id, data }, timeNs);
        // Looked at below; until then a failure must not count as one that nobody handles.
        piece.catch(() => undefined);
        underWay.push(piece);
        if (underWay.length >= PIECES_UNDER_WAY) await underWay.shift();
      }
      await Promise.all(underWay);
    } catch (error) {
      // Where this node leads no more, its successor's first entry does the same.
      await this.#propose({ type: 'cancel', id }, timeNs);
      throw error;
    }
  }

  /** Makes a snapshot of the state as it is, and keeps it where it can be restored from. */
  async #keepPresent(): Promise<string | null> {
    const { driver, snapshots, imports } = this.#ports;
    await this.#ports.waitUntil(() => !driver.snapshotter.busy, SNAPSHOT_WAIT_MS);
    const outcome = await new Promise<SnapshotOutcome>((resolve) => {
      driver.takeSnapshot(resolve);
    });
    if (!outcome.ok && outcome.reason !== 'nothing-new') {
      const detail = outcome.reason === 'failed' ? outcome.error.message : outcome.reason;
      throw new NotRestored(`the present state could not be kept as a snapshot: ${detail}`);
    }
    const [newest] = snapshots.list();
    const path = newest === undefined ? null : snapshots.path(newest.id);
    if (newest === undefined || path === null) return null;
    const name = `before-${newest.id}`;
    await imports.keep(path, name);
    return name;
  }

  async #must(entry: RestoreEntry, afterNs: bigint): Promise<void> {
    const applied = await this.#propose(entry, afterNs);
    if (!applied.ok || !isOk(applied.reply)) throw new NotRestored(LOST);
  }

  #propose(entry: RestoreEntry, afterNs: bigint): Promise<Applied> {
    return new Promise((resolve) => {
      const waiter = waiterOf(
        (reply, index) => {
          resolve({ ok: true, reply, index });
        },
        (failure) => {
          resolve({ ok: false, failure });
        },
      );
      this.#ports.driver.proposeRestore(encodeRestoreEntry(entry), afterNs, waiter);
    });
  }

  #notCommitted(name: string, failure: WriteFailure): RestoreOutcome {
    const reason = failure.kind;
    this.#ports.trace({ type: 'restore-failed', name, reason });
    return { ok: false, failure };
  }
}

function isOk(reply: Reply): boolean {
  return !(
    typeof reply === 'object' &&
    reply !== null &&
    'type' in reply &&
    reply.type === 'error'
  );
}

/** Size and hash of a machine's bytes, as they will be sent. */
async function measured({ machine }: RestoreSource): Promise<{
  readonly sizeBytes: number;
  readonly sha256: string;
}> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of piecesOf(machine)) {
    hash.update(piece);
    sizeBytes += piece.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** A machine's snapshot in pieces that may be kept; the process does other things in between. */
async function* piecesOf(machine: Machine): AsyncGenerator<Uint8Array> {
  const snapshot: MachineSnapshot | null = machine.snapshot();
  if (snapshot === null) throw new NotRestored('this machine has no snapshots');
  try {
    for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
      for (let at = 0; at < slice.length; at += PIECE_BYTES) {
        // Not slice(): that of a Buffer shares memory that the machine may use again.
        yield new Uint8Array(slice.subarray(at, at + PIECE_BYTES));
      }
      await setImmediate();
    }
  } finally {
    snapshot.release();
  }
}
