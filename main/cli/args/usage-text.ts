import { dashed, type FlagSpec } from './flags.ts';

/** What `--help` of one command says. */
export interface CommandUsage {
  /** After `raftdeck`, such as `node [flags]`. */
  readonly synopsis: string;
  /** A sentence or two. */
  readonly about: string;
  readonly flags: readonly FlagSpec[];
  /** Lines after the flags. */
  readonly notes?: readonly string[];
}

const FLAG_COLUMN = 34;

/** The whole help of one command, ending with a line end. */
export function usageText(usage: CommandUsage): string {
  const shown = usage.flags.filter(({ summary }) => summary !== '');
  return [
    `Usage: raftdeck ${usage.synopsis}`,
    '',
    usage.about,
    ...(shown.length === 0 ? [] : ['', 'Flags (one or two dashes, a space or = before a value):']),
    ...shown.map(flagLine),
    ...(usage.notes === undefined ? [] : ['', ...usage.notes]),
    '',
  ].join('\n');
}

function flagLine(spec: FlagSpec): string {
  const names = [spec.name, ...(spec.aliases ?? [])].sort((a, b) => a.length - b.length);
  const head = `  ${names.map(dashed).join(', ')}${spec.value === null ? '' : ` ${spec.value}`}`;
  const gap =
    head.length < FLAG_COLUMN ? head.padEnd(FLAG_COLUMN) : `${head}\n${' '.repeat(FLAG_COLUMN)}`;
  return `${gap}${spec.summary}`;
}
