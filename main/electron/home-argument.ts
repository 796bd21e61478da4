import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { ElectronApi } from './electron-api.ts';

/** The home that was asked for, by `--home DIR` or RAFTDECK_HOME; null for Electron's own folder. */
export function homeArgument(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const offset = argv.indexOf('--home');
  const joined = argv.find((word) => word.startsWith('--home='))?.slice('--home='.length);
  const given = joined ?? (offset < 0 ? undefined : argv[offset + 1]) ?? env['RAFTDECK_HOME'] ?? '';
  return given === '' ? null : resolve(given);
}

/**
 * Gives a home that was asked for all that Electron keeps too. The app is alone in the folder where that
 * is: two homes are two apps, and a start for one does not show the window of the other. To be called
 * before anything else.
 */
export function keepProfileIn({ app }: Pick<ElectronApi, 'app'>, home: string): void {
  const profile = join(home, 'window');
  try {
    mkdirSync(profile, { recursive: true, mode: 0o700 });
  } catch {
    // The host needs the same folder, and says in words what is wrong with it.
    return;
  }
  app.setPath('userData', profile);
}
