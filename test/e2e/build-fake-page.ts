import { join } from 'node:path';
import { build } from 'vite';

import { buildIfStale } from '../../main/launcher/prepare.mjs';
import { ROOT } from '../tidy/source-files.ts';

/**
 * Before the first test: the built product, and beside it the same page with a scripted host in it, for
 * the situations that a real cluster is rarely in. The second one goes to out/renderer-fake and ships
 * nowhere.
 */
export default async function setup(): Promise<void> {
  buildIfStale(ROOT);
  await build({ configFile: join(ROOT, 'vite.config.ts'), mode: 'fake', logLevel: 'error' });
}
