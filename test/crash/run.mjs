// `npm run crashes`: the whole sweep of test/crash. Options: --every N (each N-th operation, default 1),
// --modes kill,torn,after,EIO,ENOSPC (default all), --report FILE (a line of JSON per run).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    modes: { type: 'string', default: 'kill,torn,after,EIO,ENOSPC' },
    report: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '..', '..');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = ['run', '--project', 'slow', 'test/crash', '--silent=false'];
const child = spawn(process.execPath, [vitest, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    RAFTDECK_CRASH_STRIDE: values.every,
    RAFTDECK_CRASH_MODES: values.modes,
    ...(values.report === undefined ? {} : { RAFTDECK_CRASH_REPORT: values.report }),
  },
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
