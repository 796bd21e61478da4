import type { CommandSpec } from '../../machine/machine.ts';
import type { Reply } from '../../resp/value.ts';
import type { Client } from '../client.ts';
import type { NodeContext } from '../node-context.ts';

/** A handler returns this when it will answer through `call.reply` later. */
export const LATER = Symbol('the reply comes later');

/** One command being answered. */
export interface Call {
  readonly node: NodeContext;
  readonly client: Client;
  /** Views that are valid only until the handler returns. `args[0]` is the name as typed. */
  readonly args: readonly Uint8Array[];
  /** Answers; exactly once, by whoever returned LATER. */
  readonly reply: (reply: Reply) => void;
}

/** A command that the node itself answers, whatever machine it runs. */
export interface NodeCommand {
  readonly name: string;
  readonly spec: CommandSpec;
  /** True for what changes the cluster or its nodes; it is traced with its arguments. */
  readonly administrative: boolean;
  readonly run: (call: Call) => Reply | typeof LATER;
}

/** An argument as text; '' when it is missing. */
export function textOf(call: Call, position: number): string {
  const bytes = call.args[position];
  return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
}

/** All arguments from `position` on, as text. */
export function textsFrom(call: Call, position: number): string[] {
  return call.args.slice(position).map((bytes) => Buffer.from(bytes).toString('utf8'));
}
