import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildIfStale } from '../main/launcher/prepare.mjs';

/* The slow tests run the built product; a stale build would test yesterday's. */
export default function setup() {
  buildIfStale(join(dirname(fileURLToPath(import.meta.url)), '..'));
}
