import { noPermission } from '../auth/permission.ts';
import { textOf, textsFrom } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { nodeCommand } from './spec.ts';
import type { NodeCommandSource, Subcommand } from './spec.ts';

/**
 * Makes one command of its subcommands, each one or two words long; adds HELP. Unknown words and
 * wrong numbers of arguments are answered in the node's dialect.
 *
 * @param helpLines what HELP prints; each subcommand's usage and summary unless given
 */
export function commandOfSubcommands(
  source: Omit<NodeCommandSource, 'run' | 'arity'>,
  subcommands: readonly Subcommand[],
  helpLines: readonly string[] | null = null,
): NodeCommand & { readonly subcommands: readonly Subcommand[] } {
  const byWords = new Map(subcommands.map((subcommand) => [subcommand.words, subcommand]));
  const upper = source.name.toUpperCase();
  const help: Subcommand = {
    words: 'HELP',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Prints this.',
    usage: `${upper} HELP`,
    run: () =>
      helpLines?.map(simple) ??
      subcommands.flatMap((one) => [simple(one.usage), simple(`    ${one.summary}`)]),
  };
  byWords.set('HELP', help);
  const run = (call: Call): ReturnType<NodeCommand['run']> => {
    const one = textOf(call, 1).toUpperCase();
    const two = `${one} ${textOf(call, 2).toUpperCase()}`;
    const found = byWords.get(two) ?? byWords.get(one);
    const { dialect } = call.node;
    if (found === undefined) return dialect.unknownSubcommand(source.name, textsFrom(call, 0));
    const texts = textsFrom(call, 1 + found.words.split(' ').length);
    if (texts.length < found.argumentsMin || texts.length > found.argumentsMax) {
      const name = `${source.name}|${found.words.toLowerCase().replace(' ', '|')}`;
      return dialect.subcommandArity(source.name, textsFrom(call, 0), name);
    }
    const name = `${source.name}|${found.words.toLowerCase().replace(' ', '|')}`;
    const isAdministrative = found.administrative === true;
    const { user } = call.client;
    if (isAdministrative && user?.role !== 'admin') return noPermission(user?.name ?? '', name);
    if (isAdministrative && found.isBulk !== true) traceCommand(call);
    return found.run(call, texts);
  };
  return { ...nodeCommand({ ...source, arity: -2, run }), subcommands };
}

/** Puts an administrative command into the node's trace, exactly as it was typed. */
export function traceCommand(call: Call): void {
  call.node.watch.trace({
    type: 'command',
    command: textsFrom(call, 0),
    client: call.client.remoteAddress,
    clientName: call.client.name,
  });
}

function simple(text: string): { readonly type: 'simple'; readonly text: string } {
  return { type: 'simple', text };
}
