import type { Ghost } from '../ghost.ts';
import type { MachineState } from '../hashing-machine.ts';
import type { NodeGhost } from '../node-ghost.ts';

/** One server applied a command: the same one as every other at this place (S5, S25). */
export function checkAppliedCommand(
  ghost: Ghost,
  node: NodeGhost,
  applied: { readonly writeId: number; readonly count: number; readonly hash: number },
): void {
  const { writeId, count, hash } = applied;
  ghost.check('S8', count === node.commands + 1, () => {
    return `${node.id} applies command ${count} after ${node.commands}`;
  });
  node.commands = count;
  const committed = ghost.committedWrites[count - 1];
  ghost.check('S5', committed === writeId, () => {
    return (
      `${node.id} applies write ${writeId} as command ${count}; committed there is ` +
      `${committed ?? 'nothing'}`
    );
  });
  const known = ghost.machineHashes[count];
  if (known === undefined) {
    ghost.machineHashes[count] = hash;
    return;
  }
  ghost.check('S25', known === hash, () => {
    return `after command ${count} the machine of ${node.id} differs from the first server's`;
  });
}

/** A snapshot or a restore holds this state: the one every server had there (S5, S16). */
export function checkState(ghost: Ghost, node: NodeGhost, state: MachineState): void {
  const known = ghost.machineHashes[state.count];
  ghost.check('S16', known === state.hash, () => {
    return `${node.id} has a snapshot of ${state.count} commands with another state than applied`;
  });
}
