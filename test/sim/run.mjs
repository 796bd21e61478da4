// `npm run sim`: bundles the simulator and runs it. See test/sim/main.ts for its options.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { bundleSimulator } from './bundle.mjs';

const folder = await bundleSimulator({ outDir: 'out/sim' });
const args = ['--enable-source-maps', join(folder, 'main.mjs'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
