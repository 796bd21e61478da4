import { arityError, SYNTAX_ERROR } from './command-errors.ts';
import { checkArity, isWord, keysOf } from './command-arguments.ts';
import { Glob } from './glob.ts';
import type { ArgumentDoc, CommandSpec } from './machine.ts';
import { errorReply, type MapReply, type Reply, type SimpleString } from '../resp/value.ts';

/** Every command that a client may send, by lower-case name. */
export type CommandSpecs = ReadonlyMap<string, CommandSpec>;

const HELP = [
  'COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  '(no subcommand)',
  '    Return details about all commands.',
  'COUNT',
  '    Return the number of commands this node answers.',
  'DOCS [<command-name> ...]',
  '    Return documentation for the named commands, or for all.',
  'GETKEYS <full-command>',
  '    Return the keys among the arguments of a command.',
  'INFO [<command-name> ...]',
  '    Return details about the named commands, or about all.',
  'LIST [FILTERBY PATTERN <pattern>]',
  '    Return the names of all commands, or of those that match.',
  'HELP',
  '    Print this help.',
];

/**
 * Answers `COMMAND` and its subcommands COUNT, DOCS, GETKEYS, INFO, LIST and HELP in Redis's form.
 *
 * @param specs what the node and its machine offer together
 * @param args the whole command, `COMMAND` first
 */
export function commandCommand(specs: CommandSpecs, args: readonly Uint8Array[]): Reply {
  const [, subcommand, ...rest] = args;
  if (subcommand === undefined) return [...specs.keys()].map((name) => infoOf(specs, name));
  if (isWord(subcommand, 'COUNT')) {
    return rest.length === 0 ? specs.size : arityError('command|count');
  }
  if (isWord(subcommand, 'INFO')) {
    const names = rest.length === 0 ? [...specs.keys()] : rest.map(nameOf);
    return names.map((name) => infoOf(specs, name));
  }
  if (isWord(subcommand, 'DOCS')) return docsOf(specs, rest.map(nameOf));
  if (isWord(subcommand, 'LIST')) return listOf(specs, rest);
  if (isWord(subcommand, 'GETKEYS')) return getKeys(specs, rest);
  if (isWord(subcommand, 'HELP') && rest.length === 0) return HELP.map(simple);
  return errorReply(`ERR unknown subcommand '${nameOf(subcommand)}'. Try COMMAND HELP.`);
}

/** An intermediate command is neither: who only reads or only writes may not be kept from it. */
const FLAGS = { write: ['write'], read: ['readonly'], intermediate: [] as string[] };

/** One row of COMMAND INFO: ten fields as since Redis 7; null for an unknown name. */
function infoOf(specs: CommandSpecs, name: string): Reply {
  const spec = specs.get(name);
  if (spec === undefined) return null;
  const flags = FLAGS[spec.kind].slice();
  if (spec.complexity === 'O(1)') flags.push('fast');
  const categories = flags.map((flag) => (flag === 'readonly' ? '@read' : `@${flag}`));
  return [
    name,
    spec.arity,
    { type: 'set', items: flags.map(simple) },
    spec.firstKey,
    spec.lastKey,
    spec.keyStep,
    { type: 'set', items: categories.map(simple) },
    [],
    spec.firstKey === 0 ? [] : [keySpecOf(spec)],
    [],
  ];
}

function keySpecOf(spec: CommandSpec): MapReply {
  const last = spec.lastKey < 0 ? spec.lastKey : spec.lastKey - spec.firstKey;
  const access = spec.kind === 'write' ? ['RW', 'access', 'update'] : ['RO', 'access'];
  return mapReply([
    ['flags', { type: 'set', items: access.map(simple) }],
    [
      'begin_search',
      mapReply([
        ['type', 'index'],
        ['spec', mapReply([['index', spec.firstKey]])],
      ]),
    ],
    [
      'find_keys',
      mapReply([
        ['type', 'range'],
        [
          'spec',
          mapReply([
            ['lastkey', last],
            ['keystep', spec.keyStep],
            ['limit', 0],
          ]),
        ],
      ]),
    ],
  ]);
}

function docsOf(specs: CommandSpecs, names: readonly string[]): Reply {
  const entries: (readonly [Reply, Reply])[] = [];
  for (const name of names.length === 0 ? specs.keys() : names) {
    const spec = specs.get(name);
    if (spec !== undefined) entries.push([name, documentationOf(spec)]);
  }
  return { type: 'map', entries };
}

function documentationOf(spec: CommandSpec): MapReply {
  const fields: (readonly [string, Reply])[] = [
    ['summary', spec.summary],
    ['group', spec.group],
  ];
  if (spec.complexity !== undefined) fields.push(['complexity', spec.complexity]);
  if (spec.arguments.length > 0) fields.push(['arguments', spec.arguments.map(argumentOf)]);
  return mapReply(fields);
}

/** Redis's form: `token` alone is a `pure-token`; optional and multiple are flags. */
function argumentOf(argument: ArgumentDoc): MapReply {
  const fields: (readonly [string, Reply])[] = [
    ['name', argument.name],
    ['type', argument.type === 'token' ? 'pure-token' : argument.type],
  ];
  if (argument.type === 'key') fields.push(['key_spec_index', 0]);
  if (argument.token !== undefined) fields.push(['token', argument.token]);
  const flags: SimpleString[] = [];
  if (argument.optional === true) flags.push(simple('optional'));
  if (argument.multiple === true) flags.push(simple('multiple'));
  if (flags.length > 0) fields.push(['flags', flags]);
  if (argument.arguments !== undefined) {
    fields.push(['arguments', argument.arguments.map(argumentOf)]);
  }
  return mapReply(fields);
}

function listOf(specs: CommandSpecs, filter: readonly Uint8Array[]): Reply {
  const names = [...specs.keys()];
  if (filter.length === 0) return names;
  const [filterBy, kind, pattern] = filter;
  if (filter.length !== 3 || filterBy === undefined || kind === undefined) return SYNTAX_ERROR;
  if (pattern === undefined || !isWord(filterBy, 'FILTERBY')) return SYNTAX_ERROR;
  if (!isWord(kind, 'PATTERN')) return SYNTAX_ERROR;
  const glob = new Glob(pattern);
  return names.filter((name) => glob.matches(Buffer.from(name, 'latin1')));
}

function getKeys(specs: CommandSpecs, command: readonly Uint8Array[]): Reply {
  const [typed] = command;
  if (typed === undefined) return arityError('command|getkeys');
  const name = nameOf(typed);
  const spec = specs.get(name);
  if (spec === undefined) return errorReply('ERR Invalid command specified');
  if (checkArity(name, spec, command.length) !== null) {
    return errorReply('ERR Invalid number of arguments specified for command');
  }
  const keys = keysOf(spec, command);
  return keys.length > 0 ? keys : errorReply('ERR The command has no key arguments');
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').toLowerCase();
}

function simple(text: string): SimpleString {
  return { type: 'simple', text };
}

function mapReply(fields: readonly (readonly [string, Reply])[]): MapReply {
  return { type: 'map', entries: fields };
}
