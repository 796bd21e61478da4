/*
 * `raftdeck node` with flags of a test: what stands in `flags.json` of the home for the node's id is put
 * behind the flags that the host gives. So a test starts one node with another timeout or secret.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';

const valueOf = (name) => argv[argv.indexOf(name) + 1] ?? '';
const file = join(valueOf('--home'), 'flags.json');
if (existsSync(file)) {
  const flags = JSON.parse(readFileSync(file, 'utf8'));
  argv.push(...(flags[valueOf('-n')] ?? []));
}
await import('../../out/node/raftdeck.js');
