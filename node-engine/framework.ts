/*
 * What `import { … } from 'raftdeck'` gives: define a machine, run nodes with it.
 */
export { ByteStore } from './machine/byte-store.ts';
export { ByteStoreHashing } from './machine/byte-store-hashing.ts';
export { ByteStoreRestore, ByteStoreSnapshot } from './machine/byte-store-snapshot.ts';
export { CommandError } from './machine/command-errors.ts';
export {
  defineMachine,
  type CommandDescription,
  type IntermediateCommand,
  type MachineDescription,
  type ReadCommand,
  type WriteCommand,
} from './machine/define-machine.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeName,
  type ErrorOutcome,
} from './machine/error-codes.ts';
export {
  defineFinnMachine,
  type FinnApplier,
  type FinnDescription,
  type FinnMachine,
  type FinnResult,
} from './machine/finn-machine.ts';
export type { ReadCall, TickCall, WriteCall } from './machine/handler-call.ts';
export type { HandlerResult } from './machine/handler-result.ts';
export {
  hijack,
  instead,
  REFUSE,
  type ConnectionHooks,
  type FilteredReply,
  type Hijack,
  type HijackedConnection,
  type Instead,
  type IntermediateCall,
  type IntermediateHandler,
  type IntermediateResult,
} from './machine/intermediate.ts';
export type {
  ArgumentDoc,
  CommandContext,
  CommandKind,
  CommandSpec,
  Machine,
  MachineDefinition,
  MachineOptions,
  MachineRestore,
  MachineSnapshot,
  StateHashing,
} from './machine/machine.ts';
export { NO_EXPIRY, type Clock, type Keyspace } from './machine/keyspace.ts';
export { Pcg32 } from './machine/pcg32.ts';
export {
  ReplyError,
  type ClientInfo,
  type LocalClientOptions,
  type LocalConnection,
  type LocalValue,
  type NodeHandle,
} from './machine/node-handle.ts';
export type { SnapshotCodec } from './machine/state-keeper.ts';
export {
  NodeStartError,
  type LogLevel,
  type Logger,
  type RunningNode,
} from './node/node-options.ts';
export { openNode, type OpenNodeOptions } from './node/open-node.ts';
export type { CommandObserver, ObservedCommand } from './node/observer.ts';
export type { NodeStatus } from './node/status.ts';
export { errorReply, OK, type ErrorReply, type Reply } from './resp/value.ts';
export { httpService, type HttpServiceOptions } from './services/http/http-service.ts';
export type { Service, ServiceHost, ServiceMaker, Verdict } from './services/service.ts';
