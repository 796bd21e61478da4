/*
 * What `import { … } from 'raftdeck'` gives: define a machine, run nodes with it.
 */
export { CommandError } from './machine/command-errors.ts';
export {
  defineMachine,
  type CommandDescription,
  type MachineDescription,
  type ReadCommand,
  type WriteCommand,
} from './machine/define-machine.ts';
export type { ReadCall, TickCall, WriteCall } from './machine/handler-call.ts';
export type { HandlerResult } from './machine/handler-result.ts';
export type {
  ArgumentDoc,
  CommandKind,
  CommandSpec,
  MachineDefinition,
} from './machine/machine.ts';
export type { SnapshotCodec } from './machine/state-keeper.ts';
export {
  NodeStartError,
  type LogLevel,
  type Logger,
  type RunningNode,
} from './node/node-options.ts';
export { openNode, type OpenNodeOptions } from './node/open-node.ts';
