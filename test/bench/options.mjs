import { parseArgs } from 'node:util';

/** The parts in their order, each with the minutes that three rounds take on a quiet machine. */
export const PARTS = {
  core: 0.3,
  start: 0.1,
  idle: 4.1,
  wire: 1,
  cluster: 2.8,
  reads: 0.3,
  latency: 0.6,
  memory: 0.6,
  snapshot: 0.2,
  recovery: 0.2,
  fairness: 1,
  failover: 1.3,
  ui: 7,
  fsyncs: 0.5,
  etcd: 0.5,
  crash: 1.1,
};

/** Parts that run only when they are named, or with `growth` for all: they take long, and memory. */
export const GROWTH_PARTS = {
  'growth-members': 1.5,
  'growth-keys': 4,
  'growth-connections': 1,
  'growth-values': 2,
  'growth-log': 6,
};

export const USAGE = `npm run bench -- [part ...] [flags]

Measures the product as it ships, beside redis-server in the same run. Without a part, all of these, ${String(Math.ceil(sum(PARTS)))} minutes on a quiet machine:

  ${partList(PARTS)}

Only when named (\`growth\` names them all):

  ${partList(GROWTH_PARTS)}

Flags:
  --rounds N     how often each figure is taken (default 3); the median counts
  --trials N     of failover: how many leaders fail, of each kind
  --ui NAMES     of ui: only these of its measures, with commas between them:
                 start, picture, frames, recording, data, memory
  --soak-minutes N  of ui: how long its memory is watched (default 2; a slope takes 30)
  --scale SHARE  do only this share of the work, to see that a part runs; never a result
  --record       append the figures to docs/bench-history.jsonl, and put them into docs/speed.md
                 and docs/cost.md
  --json         print one line of JSON instead of the table
  --base-port N  the first of the 800 ports that are used (default 27100)

A figure that was taken while other processes used more than a tenth of a core, or whose rounds
differ by more than 30 %, is shown with the reason why it is no result.`;

/**
 * What the command line asks for, or what is wrong with it.
 *
 * @param {readonly string[]} args
 */
export function optionsOf(args) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        json: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        trials: { type: 'string' },
        ui: { type: 'string' },
        'soak-minutes': { type: 'string' },
        scale: { type: 'string', default: '1' },
        'base-port': { type: 'string', default: '27100' },
      },
    });
    const growth = Object.keys(GROWTH_PARTS);
    const known = [...Object.keys(PARTS), 'growth', ...growth];
    const strange = positionals.find((name) => !known.includes(name));
    if (strange !== undefined) {
      throw new Error(`no part ${strange}; there are ${known.join(', ')}`);
    }
    const scale = Number(values.scale);
    if (!(scale > 0 && scale <= 1)) throw new Error('--scale is above 0 and at most 1');
    if (values.record && scale < 1) throw new Error('--record takes no figures of less work');
    return {
      options: {
        help: values.help,
        json: values.json,
        record: values.record,
        rounds: wholeNumber('--rounds', values.rounds, 1),
        trials: values.trials === undefined ? undefined : wholeNumber('--trials', values.trials, 1),
        ui: values.ui?.split(','),
        soakMinutes:
          values['soak-minutes'] === undefined
            ? undefined
            : wholeNumber('--soak-minutes', values['soak-minutes'], 1),
        scale,
        basePort: wholeNumber('--base-port', values['base-port'], 1024),
        parts:
          positionals.length === 0
            ? Object.keys(PARTS)
            : positionals.flatMap((name) => (name === 'growth' ? growth : [name])),
      },
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {number} least
 */
function wholeNumber(flag, text, least) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`${flag} is a whole number of at least ${String(least)}`);
}

/** @param {Readonly<Record<string, number>>} parts */
function partList(parts) {
  return Object.entries(parts)
    .map(([name, minutes]) => `${name} ${minutes < 1 ? `${minutes * 60} s` : `${minutes} min`}`)
    .join(', ')
    .replaceAll(/(?<line>.{80,90}?), /gu, '$<line>,\n  ');
}

/** @param {Readonly<Record<string, number>>} parts */
function sum(parts) {
  return Object.values(parts).reduce((total, minutes) => total + minutes, 0);
}
