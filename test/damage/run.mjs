// `npm run damage -- [--all] [--json] [--seed N] [--backend NAME] [--tables] [--verbose]`: see main.ts.
import { join } from 'node:path';
import { runnerImport } from 'vite';

const { module } = await runnerImport(join(import.meta.dirname, 'main.ts'));
process.exitCode = await module.runDamage(process.argv.slice(2));
