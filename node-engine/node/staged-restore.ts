import { createHash, type Hash } from 'node:crypto';

import type { Machine, MachineRestore } from '../machine/machine.ts';
import type { Run, Term } from '../raft/types.ts';
import { OK, errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import { decodeRestoreEntry, type RestoreAnnounced } from './restore-entry.ts';

/** How far a state has come that will replace the machine's. */
export interface RestoreProgress {
  readonly name: string;
  readonly bytes: number;
  readonly sizeBytes: number;
}

/** What an entry of a restore has done. */
export interface RestoreApplied {
  readonly reply: Reply;
  /** Name of the state that is in force from this entry on; null when nothing changed yet. */
  readonly replacedBy: string | null;
}

interface Staged {
  readonly id: string;
  readonly term: Term;
  readonly announced: RestoreAnnounced;
  readonly restore: MachineRestore;
  readonly hash: Hash;
  bytes: number;
}

const GIVEN_UP = errorReply('ERR this restore was given up');

/**
 * A state that arrives through the log, aside, until one entry puts it in force: every node does the
 * same at the same index, so that all have the old state before it and the new one behind it.
 *
 * A restore is one leader's work. When it loses its leadership nobody sends the rest, so the first
 * entry of a later term ends it, on every node alike. What has come is never in a snapshot: none is
 * made while a restore is under way.
 */
export class StagedRestore {
  readonly #machine: Machine;
  #staged: Staged | null = null;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get progress(): RestoreProgress | null {
    if (this.#staged === null) return null;
    const { bytes, announced } = this.#staged;
    return { name: announced.name, bytes, sizeBytes: announced.sizeBytes };
  }

  /** Forgets what has come: a snapshot replaces everything. */
  drop(): void {
    this.#staged = null;
  }

  /** An entry of `term` is about to be applied. */
  enterTerm(term: Term): void {
    if (this.#staged !== null && this.#staged.term < term) this.#staged = null;
  }

  /**
   * Applies an entry of a restore.
   *
   * @throws Error when the state cannot be restored here although its leader has restored it: this
   *   node would differ from then on, so it must not go on
   */
  apply(run: Run): RestoreApplied {
    const entry = decodeRestoreEntry(run.bytes);
    if (entry.type === 'begin') {
      this.#begin(entry.id, run.term, entry.announced);
      return { reply: OK, replacedBy: null };
    }
    const staged = this.#staged;
    if (staged?.id !== entry.id) return { reply: GIVEN_UP, replacedBy: null };
    switch (entry.type) {
      case 'bytes':
        staged.hash.update(entry.data);
        staged.restore.write(entry.data);
        staged.bytes += entry.data.length;
        return { reply: OK, replacedBy: null };
      case 'commit':
        this.#finish(staged);
        return { reply: OK, replacedBy: staged.announced.name };
      case 'cancel':
        this.#staged = null;
        return { reply: OK, replacedBy: null };
    }
  }

  #begin(id: string, term: Term, announced: RestoreAnnounced): void {
    if (announced.machine !== this.#machine.name) {
      throw new Error(
        `a state of machine ${announced.machine} is restored, and this node runs ` +
          this.#machine.name,
      );
    }
    const restore = this.#machine.restore();
    this.#staged = { id, term, announced, restore, hash: createHash('sha256'), bytes: 0 };
  }

  #finish(staged: Staged): void {
    this.#staged = null;
    const { sizeBytes, sha256 } = staged.announced;
    if (staged.bytes !== sizeBytes || staged.hash.digest('hex') !== sha256) {
      throw new Error('the state that is restored is not the one that was announced');
    }
    staged.restore.finish();
  }
}
