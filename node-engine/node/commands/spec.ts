import type { ArgumentDoc, CommandSpec } from '../../machine/machine.ts';
import type { Call, NodeCommand } from './command.ts';

/** What a command of the node needs to say about itself; the rest has one value for all of them. */
export interface NodeCommandSource {
  readonly name: string;
  readonly arity: number;
  readonly summary: string;
  readonly group: 'connection' | 'server' | 'raft' | 'cluster' | 'generic';
  readonly arguments?: readonly ArgumentDoc[];
  readonly administrative?: boolean;
  readonly run: NodeCommand['run'];
}

/** Completes a command of the node: it has no keys and runs where it arrives. */
export function nodeCommand(source: NodeCommandSource): NodeCommand {
  const spec: CommandSpec = {
    kind: 'read',
    arity: source.arity,
    summary: source.summary,
    group: source.group,
    arguments: source.arguments ?? [],
    firstKey: 0,
    lastKey: 0,
    keyStep: 0,
  };
  return {
    name: source.name,
    spec,
    administrative: source.administrative ?? false,
    run: source.run,
  };
}

/** A subcommand of RAFT, CLUSTER or CLIENT. */
export interface Subcommand {
  /** Words after the command's name, upper case: 'SERVER ADD'. */
  readonly words: string;
  /** Arguments after these words: least and most. */
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  readonly summary: string;
  /** How it is written, for HELP and the documentation: 'RAFT SERVER ADD id address [NONVOTER]'. */
  readonly usage: string;
  readonly administrative?: boolean;
  /** True when its arguments hold data in bulk, which the trace of what was ordered leaves out. */
  readonly isBulk?: boolean;
  readonly run: (call: Call, texts: readonly string[]) => ReturnType<NodeCommand['run']>;
}
