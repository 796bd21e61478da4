import { didYouMean } from './args/suggestion.ts';
import { CommandError, UsageError } from './args/usage-error.ts';
import { usageText } from './args/usage-text.ts';
import { NodeStartError } from '../../node-engine/node/node-options.ts';
import { COMMANDS } from './commands.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, type Program } from './program.ts';

const HELP = new Set(['-h', '-help', '--help']);
const VERSION = new Set(['-v', '-version', '--version']);

/** Runs `raftdeck` with these arguments; resolves with the exit code. */
export async function run(args: readonly string[], program: Program): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) return guarded('', program, openWindow);
  if (HELP.has(first) || (first === 'help' && rest.length === 0)) {
    program.print(overview());
    return EXIT_DONE;
  }
  if (VERSION.has(first)) {
    program.print(`raftdeck version ${program.version}\n`);
    return EXIT_DONE;
  }
  const isHelp = first === 'help';
  const name = isHelp ? (rest[0] ?? '') : first;
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) return unknownCommand(name, program);
  if (isHelp || asksFor(HELP, rest)) {
    program.print(usageText(entry.usage));
    return EXIT_DONE;
  }
  if (asksFor(VERSION, rest)) {
    program.print(`raftdeck version ${program.version}\n`);
    return EXIT_DONE;
  }
  return guarded(usageText(entry.usage), program, async () => {
    const command = await entry.load();
    return command(rest, program);
  });
}

async function openWindow(program: Program): Promise<number> {
  const { windowCommand } = await import('./window-command.ts');
  return windowCommand(program);
}

/** What is wrong is said in one line; what was typed wrongly, with how it is typed. */
async function guarded(
  usage: string,
  program: Program,
  command: (program: Program) => Promise<number>,
): Promise<number> {
  try {
    return await command(program);
  } catch (error) {
    if (error instanceof UsageError) {
      program.warn(`raftdeck: ${error.message}\n\n${usage}`);
      return EXIT_USAGE;
    }
    if (error instanceof CommandError || error instanceof NodeStartError) {
      program.warn(`raftdeck: ${error.message}\n`);
      return EXIT_FAILED;
    }
    throw error;
  }
}

/** A `--` ends the flags; behind it nothing is one. */
function asksFor(wanted: ReadonlySet<string>, args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((arg) => wanted.has(arg));
}

function unknownCommand(name: string, program: Program): number {
  const names = COMMANDS.map((command) => command.name);
  const what = name.startsWith('-') ? 'flag' : 'command';
  const problem = `unknown ${what} ${name}${didYouMean(name, names)}`;
  program.warn(`raftdeck: ${problem}\n\n${overview()}`);
  return EXIT_USAGE;
}

function overview(): string {
  return [
    'Usage: raftdeck [command] [flags]',
    '',
    'Without a command: the window, or a browser where Electron cannot run. Commands:',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`),
    '',
    'raftdeck <command> --help says more about one; raftdeck --version says which this is.',
    'Exit codes: 0 done; 1 refused or failed, with the reason; 2 bad usage.',
    '',
  ].join('\n');
}
