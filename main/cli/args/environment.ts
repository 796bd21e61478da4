import { dashed, GivenFlags, type FlagSpec } from './flags.ts';
import { UsageError } from './usage-error.ts';

const PREFIX = 'RAFTDECK_';
const YES: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);
const NO: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/**
 * The variable that stands for a flag: `RAFTDECK_ELECTION_TIMEOUT` for `--election-timeout`. A flag of
 * one letter goes by its longer name; without one it has none.
 */
export function variableOf(spec: FlagSpec): string | null {
  const [name = ''] = [spec.name, ...(spec.aliases ?? [])].sort((a, b) => b.length - a.length);
  if (name.length < 2 || spec.environment === false) return null;
  return `${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The flags that were typed, and for those that were not what the environment says. A flag that was
 * typed also silences the variables of those it excludes.
 *
 * @param excluding groups of flags that say the same thing in different ways
 * @throws UsageError for a switch that is neither on nor off
 */
export function withEnvironment(
  specs: readonly FlagSpec[],
  typed: GivenFlags,
  source: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly excluding: readonly (readonly string[])[];
  },
): GivenFlags {
  const { env, excluding } = source;
  const values = new Map<string, readonly string[]>();
  for (const spec of specs) {
    if (typed.has(spec.name)) {
      values.set(spec.name, typed.values(spec.name));
      continue;
    }
    const variable = variableOf(spec);
    const text = variable === null ? undefined : env[variable];
    const rivals = excluding.find((group) => group.includes(spec.name)) ?? [];
    if (text === undefined || text === '' || rivals.some((name) => typed.has(name))) continue;
    if (spec.value !== null)
      values.set(spec.name, spec.repeated === true ? text.split(',') : [text]);
    else if (isOn(text, `${variable ?? ''} (${dashed(spec.name)})`)) values.set(spec.name, ['']);
  }
  return new GivenFlags(values, typed.positionals);
}

function isOn(text: string, what: string): boolean {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  throw new UsageError(`${what}: '${text}' is neither 1 nor 0`);
}
