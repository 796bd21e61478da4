import { PROFILE_NAMES, isProfileName } from '../../node-engine/sim/profile.ts';
import type { ProfileName } from '../../node-engine/sim/profile.ts';

/** What the command line of the simulator asks for. */
export interface SimOptions {
  readonly seeds: number;
  readonly from: number;
  /** Seeds that belong to the commit instead of `from`. */
  readonly fresh: boolean;
  readonly profile: ProfileName;
  /** Events of each schedule; 0: what the seed says. */
  readonly events: number;
  readonly workers: number;
  readonly json: boolean;
  readonly replay: boolean;
  readonly seed: number;
  /** Lines of the trace that a replay prints; 0: all. */
  readonly tail: number;
  readonly failures: number;
  /** Replay this script instead of a seed: a part of its name. */
  readonly script: string;
  /** The known bug that was put into this copy, or nothing; see run.mjs. */
  readonly mutant: string;
  /** Crash a server in that script: `2:17` is server 2, where it touches the outside for the 17th time. */
  readonly crash: string;
  /** Replay or shrink what is recorded in this file instead of a seed. */
  readonly file: string;
  /** Make the failing schedule of `seed` small. */
  readonly shrink: boolean;
  /** Where to write what shrinking has left. */
  readonly out: string;
  /** Seconds of processor time that shrinking may take. */
  readonly limit: number;
  /** Draw a replay, one column per server. */
  readonly draw: boolean;
  /** Leave the directed scripts out. */
  readonly 'no-scripts': boolean;
  /** Run the scripts with a crash added at every place, one of every N; 0: not at all. */
  readonly sweep: number;
}

const DEFAULTS: SimOptions = {
  seeds: 500,
  from: 1,
  fresh: false,
  profile: 'swarm',
  events: 0,
  workers: 2,
  json: false,
  replay: false,
  seed: 1,
  tail: 60,
  failures: 10,
  script: '',
  mutant: '',
  crash: '',
  file: '',
  shrink: false,
  out: '',
  limit: 120,
  draw: false,
  'no-scripts': false,
  sweep: 0,
};

/** Options of which 0 means nothing. */
const AT_LEAST_ONE: ReadonlySet<string> = new Set(['workers', 'failures']);
/** More threads than any machine has, and still few enough to start. */
const WORKERS_MAX = 256;

/** Options that say nothing without one of these. */
const NEEDS: readonly (readonly [option: string, ...needed: (keyof SimOptions)[]])[] = [
  ['seed', 'replay', 'shrink'],
  ['file', 'replay', 'shrink'],
  ['out', 'shrink'],
  ['script', 'replay'],
  ['tail', 'replay'],
  ['draw', 'replay'],
  ['crash', 'script'],
];

/** Options of which only one can be meant. */
const APART: readonly (readonly [string, string])[] = [
  ['replay', 'shrink'],
  ['from', 'fresh'],
  ['seed', 'file'],
  ['seed', 'script'],
  ['script', 'file'],
];

export const USAGE = `npm run sim -- [options]

  --seeds N      schedules to run (${DEFAULTS.seeds})
  --from S       first seed (${DEFAULTS.from})
  --fresh        first seed by the commit, or RAFTDECK_SIM_SEED
  --profile P    what goes wrong: ${PROFILE_NAMES.join(', ')} (${DEFAULTS.profile})
  --events N     events per schedule (1500, and 6000 for every fifth seed)
  --workers N    threads (${DEFAULTS.workers})
  --failures N   stop after so many failures (${DEFAULTS.failures})
  --no-scripts   only seeded schedules, no directed scripts
  --sweep N      scripts with an added crash: at one of every N places (0: none)
  --limit S      seconds of processor time for shrinking what fails first (${DEFAULTS.limit})
  --json         print the last line only, and shrink nothing
  --mutant ID    in a copy with this known bug (test/sim/mutants)

  --replay --seed S [--tail N]          one schedule, with its trace
  --replay --script NAME [--tail N]     one script, by a part of its name
    --crash N:K                         with a crash of server N, at its K-th touch of the outside
  --replay --file F [--tail N]          what was recorded in a file
    --draw                              as a picture, one column per server
  --shrink --seed S [--out F] [--limit S]   makes a failing schedule small and records it
`;

/** Reads the arguments; throws with a message for people when they are wrong. */
export function parseOptions(args: readonly string[]): SimOptions {
  const options: Record<string, number | string | boolean> = { ...DEFAULTS };
  const given = new Set<string>();
  for (let position = 0; position < args.length; position += 1) {
    const argument = args[position] ?? '';
    const name = argument.replace(/^--/, '');
    if (!argument.startsWith('--') || !Object.hasOwn(DEFAULTS, name)) {
      throw new Error(`unknown option ${argument}`);
    }
    if (given.has(name)) throw new Error(`--${name} is given twice`);
    given.add(name);
    const known = options[name];
    if (typeof known === 'boolean') {
      options[name] = true;
      continue;
    }
    position += 1;
    const value = args[position];
    if (value === undefined || value.startsWith('--') || value === '') {
      throw new Error(`--${name} needs a value`);
    }
    options[name] = typeof known === 'number' ? numberOf(name, value) : textOf(name, value);
  }
  // Every key is one of DEFAULTS and keeps its type.
  const parsed = options as unknown as SimOptions;
  checkTogether(parsed, given);
  return parsed;
}

function numberOf(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new Error(`--${name} needs a number, not ${text}`);
  if (AT_LEAST_ONE.has(name) && value === 0) throw new Error(`--${name} needs 1 or more`);
  if (name === 'workers' && value > WORKERS_MAX) {
    throw new Error(`--workers takes at most ${WORKERS_MAX}`);
  }
  return value;
}

function textOf(name: string, text: string): string {
  if (name === 'profile' && !isProfileName(text)) {
    throw new Error(`no profile is called ${text}; there are: ${PROFILE_NAMES.join(', ')}`);
  }
  if (name === 'crash' && !/^\d+:\d+$/.test(text)) {
    throw new Error(`--crash needs a server and a place, as 2:17, not ${text}`);
  }
  return text;
}

/** An option that would be left out of account is a mistake, and must not pass for an answer. */
function checkTogether(options: SimOptions, given: ReadonlySet<string>): void {
  for (const [name, ...needed] of NEEDS) {
    if (!given.has(name) || needed.some((other) => given.has(other))) continue;
    const others = needed.map((other) => `--${other}`).join(' or ');
    throw new Error(`--${name} says nothing without ${others}`);
  }
  for (const [one, other] of APART) {
    if (given.has(one) && given.has(other)) {
      throw new Error(`--${one} and --${other} cannot both be meant`);
    }
  }
  if (!Number.isSafeInteger(options.from + options.seeds)) {
    throw new Error(`--from ${options.from} leaves no room for ${options.seeds} seeds`);
  }
}
