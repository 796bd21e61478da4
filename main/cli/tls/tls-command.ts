import { resolve } from 'node:path';

import { parseEndpoint } from '../../../node-engine/node/address.ts';
import { nodeIdProblem } from '../../../node-engine/node/option-rules.ts';
import { parseFlags } from '../args/flags.ts';
import { numberOf } from '../args/numbers.ts';
import { UsageError } from '../args/usage-error.ts';
import { EXIT_DONE, type Program } from '../program.ts';
import { CERTIFICATE_DAYS, makeCertificates } from './cluster-certificates.ts';
import { TLS_USAGE } from './tls-flags.ts';

const DAYS_MAX = 36_500;

/** `raftdeck tls init`. */
export function tlsCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(TLS_USAGE.flags, args);
  const [word, stray] = flags.positionals;
  if (word !== 'init') throw new UsageError(`tls ${word ?? ''}: there is only tls init`);
  if (stray !== undefined) throw new UsageError(`'${stray}' is not a flag`);
  const ids = (flags.value('nodes') ?? '1,2,3').split(',');
  for (const id of ids) {
    const problem = nodeIdProblem(id);
    if (problem !== null) throw new UsageError(`--nodes: ${problem}`);
  }
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new UsageError(`--nodes names node ${twice} twice`);
  for (const host of flags.values('host')) {
    const parsed = parseEndpoint(host.includes(':') ? `[${host}]:1` : `${host}:1`, {
      portZero: false,
    });
    if (!parsed.ok) throw new UsageError(`--host: '${host}' is no name and no address`);
  }
  const daysText = flags.value('days');
  const range = { min: 1, max: DAYS_MAX };
  makeCertificates({
    directory: resolve(flags.value('d') ?? 'tls'),
    ids,
    hosts: flags.values('host'),
    days: daysText === null ? CERTIFICATE_DAYS : numberOf('--days', daysText, range),
    say: (line) => program.print(`${line}\n`),
  });
  return Promise.resolve(EXIT_DONE);
}
