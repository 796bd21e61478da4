import { errorReply } from '../../resp/value.ts';
import { textOf, textsFrom } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { nodeCommand } from './spec.ts';
import type { NodeCommandSource, Subcommand } from './spec.ts';

/**
 * Makes one command of its subcommands, each one or two words long; adds HELP. Unknown words and
 * wrong numbers of arguments are answered as Redis does.
 */
export function commandOfSubcommands(
  source: Omit<NodeCommandSource, 'run' | 'arity'>,
  subcommands: readonly Subcommand[],
): NodeCommand & { readonly subcommands: readonly Subcommand[] } {
  const byWords = new Map(subcommands.map((subcommand) => [subcommand.words, subcommand]));
  const upper = source.name.toUpperCase();
  const help: Subcommand = {
    words: 'HELP',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Prints this.',
    usage: `${upper} HELP`,
    run: () => subcommands.flatMap((one) => [simple(one.usage), simple(`    ${one.summary}`)]),
  };
  byWords.set('HELP', help);
  const run = (call: Call): ReturnType<NodeCommand['run']> => {
    const one = textOf(call, 1).toUpperCase();
    const two = `${one} ${textOf(call, 2).toUpperCase()}`;
    const found = byWords.get(two) ?? byWords.get(one);
    if (found === undefined) {
      const typed = textOf(call, 1).slice(0, 128);
      return errorReply(`ERR unknown subcommand '${typed}'. Try ${upper} HELP.`);
    }
    const texts = textsFrom(call, 1 + found.words.split(' ').length);
    if (texts.length < found.argumentsMin || texts.length > found.argumentsMax) {
      const name = `${source.name}|${found.words.toLowerCase().replace(' ', '|')}`;
      return errorReply(`ERR wrong number of arguments for '${name}' command`);
    }
    if (found.administrative === true) traceCommand(call);
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
