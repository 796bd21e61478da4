// `npm run sim`: bundles the simulator and runs it. See test/sim/options.ts for its options. With
// `--mutant ID` a known bug is put into the copy first.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { bundleMutant, loadMutants, unknownMutants } from './bundle-mutant.mjs';
import { bundleSimulator } from './bundle.mjs';

const args = process.argv.slice(2);

/** @returns {Promise<string>} */
async function bundle() {
  const place = args.indexOf('--mutant');
  if (place < 0) return bundleSimulator({ outDir: 'out/sim' });
  const id = args[place + 1] ?? '';
  const mutants = await loadMutants('out/sim-planted/list');
  const mutant = mutants.find((known) => known.id === id);
  if (mutant === undefined) {
    console.error(unknownMutants([id], mutants));
    process.exit(2);
  }
  return bundleMutant(mutant, `out/sim-planted/${mutant.id}`);
}

const program = join(await bundle(), 'main.mjs');
const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
  stdio: 'inherit',
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
