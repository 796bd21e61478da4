import { join } from 'node:path';

import { readRuns } from '../../../node-engine/log/inspect.ts';
import { nodePaths } from '../../../node-engine/log/node-directory.ts';
import { EntryContext } from '../../../node-engine/machine/context.ts';
import type { Machine, MachineDefinition } from '../../../node-engine/machine/machine.ts';
import { readRestoreSource } from '../../../node-engine/node/restore-source.ts';
import { StagedRestore } from '../../../node-engine/node/staged-restore.ts';
import {
  lastIndexOf,
  RUN_COMMANDS,
  RUN_KIND_MASK,
  RUN_RESTORE,
  RUN_TICK,
} from '../../../node-engine/raft/types.ts';
import type { LogIndex, Run } from '../../../node-engine/raft/types.ts';
import { CommandRunReader } from '../../../node-engine/resp/command-run.ts';
import type { InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';

/**
 * The hash of the state that a stopped node has at an entry: its newest snapshot from before, and the
 * entries of its log from there on. Null when it keeps nothing as old as that.
 *
 * @throws StorageError, RestoreSourceError when a file cannot be read
 */
export async function stateHashAt(
  node: InspectedNode,
  index: LogIndex,
  definition: MachineDefinition,
): Promise<string | null> {
  const firstIndex = node.records?.firstIndex ?? 1;
  const create = (): Machine => definition.create({ hashSeed: 0n });
  const snapshot = node.snapshots.find(
    ({ fault, contents }) => fault === null && contents !== null && contents.index <= index,
  );
  const base = snapshot?.contents?.index ?? 0;
  if (base + 1 < firstIndex) return null;
  let machine = create();
  if (snapshot !== undefined) {
    const path = join(nodePaths(node.directory).snapshots, snapshot.name);
    ({ machine } = await readRestoreSource(path, create));
  }
  const replay = new Replay(machine);
  await readRuns(node.directory, node, (run) => replay.apply(run, base + 1, index));
  return machine.stateHash();
}

/** Applies entries as a node does. */
class Replay {
  readonly #machine: Machine;
  readonly #context = new EntryContext();
  readonly #reader = new CommandRunReader();
  readonly #staged: StagedRestore;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#staged = new StagedRestore(machine);
  }

  /** Applies the entries of a run that lie within [fromIndex, toIndex]. */
  apply(run: Run, fromIndex: LogIndex, toIndex: LogIndex): void {
    const from = Math.max(fromIndex, run.firstIndex);
    const to = Math.min(toIndex, lastIndexOf(run));
    if (from > to) return;
    this.#staged.enterTerm(run.term);
    const kind = run.flags & RUN_KIND_MASK;
    this.#context.beginRun(run.timeNs, run.seed);
    if (kind === RUN_COMMANDS) this.#applyCommands(run, from, to);
    else if (kind === RUN_RESTORE) this.#staged.apply(run);
    else if (kind === RUN_TICK) attempt(() => this.#machine.tick?.(this.#context));
  }

  #applyCommands(run: Run, from: LogIndex, to: LogIndex): void {
    const batch = this.#reader.read(run.bytes);
    for (let index = from; index <= to; index += 1) {
      this.#context.moveTo(index - run.originalFirstIndex);
      attempt(() => this.#machine.apply(batch.args(index - run.firstIndex), this.#context));
    }
  }
}

/** A machine that throws has thrown on every node, and its answer is of no interest here. */
function attempt(step: () => unknown): void {
  try {
    step();
  } catch {
    // As the node that applied it went on.
  }
}
