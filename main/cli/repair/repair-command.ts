import { cpSync } from 'node:fs';
import { resolve } from 'node:path';

import { StorageError } from '../../../node-engine/log/log-store.ts';
import { commandOffset } from '../../../node-engine/resp/command-run.ts';
import { inspectNode, type InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';
import { openNodeStorage } from '../../../node-engine/snapshot/node-storage.ts';
import { parseFlags } from '../args/flags.ts';
import { CommandError, reasonOf, UsageError } from '../args/usage-error.ts';
import { inspectionText } from '../inspect/inspection-text.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { REPAIR_USAGE } from './repair-flags.ts';

/** `raftdeck repair`: makes a cluster of one start again without what it has lost. */
export async function repairCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(REPAIR_USAGE.flags, args);
  const [given, stray] = flags.positionals;
  if (given === undefined) throw new UsageError("which node's directory? repair needs one");
  if (stray !== undefined)
    throw new UsageError(`repair takes one directory; '${stray}' is another`);
  const directory = resolve(given);
  try {
    const before = await inspectNode(directory);
    if (before.problems.length === 0 && before.repairUntil === null) {
      program.print(`${directory} is whole: there is nothing to repair.\n`);
      return EXIT_DONE;
    }
    refuseMemberOfMany(before);
    if (!flags.has('accept-loss')) {
      program.print(lossText(before));
      return EXIT_FAILED;
    }
    return await acceptLoss(before, program);
  } catch (error) {
    if (error instanceof StorageError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Entries that a majority counts on must not be given up by one of its members: together with the
 * next failure that would lose what was acknowledged.
 */
function refuseMemberOfMany(node: InspectedNode): void {
  const { directory, identity, membership, voterCount } = node;
  if (membership === null) {
    throw new CommandError(
      `${directory} names no members any more: nothing can be brought back from it. ` +
        'Let a new node join under a new id.',
    );
  }
  const others = membership.membership.members.filter(
    ({ id, voter }) => voter && id !== identity.nodeId,
  );
  // What is left of the log may know only the members of an earlier time.
  const count = Math.max(others.length + 1, voterCount);
  if (count === 1) return;
  throw new CommandError(
    `node ${identity.nodeId} is one of ${count} voters: start it, and its leader sends ` +
      'again what it has lost. If that cannot be, remove it from the cluster and add it under a new id.',
  );
}

function lossText(node: InspectedNode): string {
  const lost = lostEntries(node);
  return [
    inspectionText(node).trimEnd(),
    lost === null
      ? 'No entry is lost.'
      : `Entries ${lost.from} to ${lost.to} were acknowledged and are lost.`,
    `To go on without them: raftdeck repair --accept-loss '${node.directory}'`,
    '',
  ].join('\n');
}

/** What was durable once and is behind the end of what is left. */
function lostEntries(node: InspectedNode): { readonly from: number; readonly to: number } | null {
  const last = node.records?.lastIndex ?? 0;
  const promised = Math.max(node.mark.index, node.repairUntil?.index ?? 0);
  return last < promised ? { from: last + 1, to: promised } : null;
}

async function acceptLoss(before: InspectedNode, program: Program): Promise<number> {
  const { directory } = before;
  const kept = `${directory}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  try {
    cpSync(directory, kept, { recursive: true, errorOnExist: true, force: false });
  } catch (error) {
    throw new CommandError(`nothing was changed: ${kept} could not be made: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  const machine = before.snapshots.find(({ fault }) => fault === null)?.contents?.machine;
  const storage = await openNodeStorage({
    backend: before.backend,
    directory,
    identity: { clusterId: '', nodeId: before.identity.nodeId },
    durability: 'high',
    repair: 'accept-loss',
    machine: machine ?? { name: '', version: '' },
    offsetOfCommand: commandOffset,
  });
  await new Promise<void>((done, failed) => {
    storage.close((error) => {
      if (error === null) done();
      else failed(error);
    });
  });
  const after = await inspectNode(directory);
  const lost = lostEntries(before);
  const loss = lost === null ? '' : `Went on without entries ${lost.from} to ${lost.to}. `;
  program.print(`${loss}The directory as it was is in ${kept}.\n${inspectionText(after)}`);
  return after.records !== null && after.repairUntil === null ? EXIT_DONE : EXIT_FAILED;
}
