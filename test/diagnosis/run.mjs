// `npm run diagnosis [-- --rounds 10 --seed 7 --healthy-seconds 600]`: every cause and
// every near miss on real nodes, by chance. Prints the seed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    'healthy-seconds': { type: 'string', default: '0' },
  },
});
const seed = values.seed ?? String(Date.now() % 1_000_000);
console.log(`seed ${seed}, ${values.rounds} rounds`);
const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', '--project', 'slow', 'test/diagnosis'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    DIAGNOSIS_ROUNDS: values.rounds,
    DIAGNOSIS_SEED: seed,
    DIAGNOSIS_HEALTHY_S: values['healthy-seconds'],
  },
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
