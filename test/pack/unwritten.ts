import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

/** Why a product with these entry files cannot be packed yet; undefined once all of them exist. */
export function unwritten(entries: readonly string[]): string | undefined {
  const missing = entries.filter((path) => !existsSync(join(ROOT, path)));
  return missing.length === 0 ? undefined : `not written yet: ${missing.join(', ')}`;
}
