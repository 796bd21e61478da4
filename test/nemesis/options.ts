import { parseArgs } from 'node:util';

import { FAULT_KINDS, faultKind } from './fault-kinds.ts';
import type { NemesisOptions } from './nemesis.ts';

/** What the command line says, on top of what runs. */
export interface CommandLine extends Omit<NemesisOptions, 'onRun'> {
  readonly json: boolean;
  /** Only say how to call it. */
  readonly help: boolean;
}

/** How to call it. */
export const USAGE = `npm run nemesis -- [--seconds N] [--faults a,b] [--history FILE] [--json]
                   [--seed S] [--nodes N] [--clients N] [--backend NAME] [--consistency low]

Real nodes under faults, real clients, and a check of everything they were told. With
--consistency low nodes may answer old values, and the suite must notice.
The faults:
${FAULT_KINDS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}`;

/** @throws Error or RangeError that names the flag that is wrong */
export function parseOptions(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      faults: { type: 'string' },
      history: { type: 'string' },
      seed: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      clients: { type: 'string', default: '16' },
      backend: { type: 'string' },
      consistency: { type: 'string', default: 'high' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    seconds: whole('seconds', values.seconds, 1, 86_400),
    faults: values.faults === undefined ? null : values.faults.split(',').map(faultKind),
    consistency: consistencyOf(values.consistency),
    backend: values.backend ?? null,
    historyFile: values.history ?? null,
    seed: whole('seed', values.seed ?? String(Date.now() % 1_000_000), 0, 1_000_000_000),
    nodes: whole('nodes', values.nodes, 1, 7),
    clients: whole('clients', values.clients, 1, 200),
    json: values.json,
    help: values.help,
  };
}

function consistencyOf(text: string): 'high' | 'low' {
  if (text === 'high' || text === 'low') return text;
  throw new RangeError(`--consistency is high or low, not '${text}'`);
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`--${name} is a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}
