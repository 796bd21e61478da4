// `npm run nemesis`: bundles the suite and runs it. See test/nemesis/DESIGN.md.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleSimulator } from '../sim/bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const input = { main: join(here, 'main.ts') };
const folder = await bundleSimulator({ outDir: 'out/nemesis', input });
const args = ['--enable-source-maps', join(folder, 'main.mjs'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
