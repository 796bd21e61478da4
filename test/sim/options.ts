/** What the command line of the simulator asks for. */
export interface SimOptions {
  readonly seeds: number;
  readonly from: number;
  /** Seeds that belong to the commit instead of `from`. */
  readonly fresh: boolean;
  readonly profile: string;
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
  /** Seconds that shrinking may take. */
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

export const USAGE = `npm run sim -- [options]

  --seeds N      schedules to run (${DEFAULTS.seeds})
  --from S       first seed (${DEFAULTS.from})
  --fresh        first seed by the commit, or RAFTDECK_SIM_SEED
  --profile P    what goes wrong (${DEFAULTS.profile})
  --events N     events per schedule (1500, and 6000 for every fifth seed)
  --workers N    threads (${DEFAULTS.workers})
  --failures N   stop after so many failures (${DEFAULTS.failures})
  --no-scripts   only seeded schedules, no directed scripts
  --sweep N      scripts with an added crash: at one of every N places (0: none)
  --limit S      seconds for shrinking what fails first (${DEFAULTS.limit})
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
  for (let position = 0; position < args.length; position += 1) {
    const name = (args[position] ?? '').replace(/^--/, '');
    const known = options[name];
    if (known === undefined || !args[position]?.startsWith('--')) {
      throw new Error(`unknown option ${args[position] ?? ''}`);
    }
    if (typeof known === 'boolean') {
      options[name] = true;
      continue;
    }
    position += 1;
    const value = args[position];
    if (value === undefined) throw new Error(`--${name} needs a value`);
    options[name] = typeof known === 'number' ? numberOf(name, value) : value;
  }
  // Every key is one of DEFAULTS and keeps its type.
  return options as unknown as SimOptions;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`--${name} needs a number, not ${text}`);
  }
  return value;
}
