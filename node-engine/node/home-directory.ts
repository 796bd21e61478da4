import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a home comes from: the flag, else the environment, else where the window keeps its own. */
export interface HomeSources {
  readonly flag: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * The folder that holds the clusters and the secret of this user, absolute. Without a flag or
 * `RAFTDECK_HOME` it is the one that Electron gives the window, so that all faces share it.
 */
export function homeDirectory({ flag, env, platform }: HomeSources): string {
  const asked = flag ?? env['RAFTDECK_HOME'] ?? '';
  if (asked !== '') return resolve(asked);
  const user = homedir();
  if (platform === 'darwin') return join(user, 'Library', 'Application Support', 'Raftdeck');
  if (platform === 'win32') {
    return join(env['APPDATA'] ?? join(user, 'AppData', 'Roaming'), 'Raftdeck');
  }
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  return join(configured === '' ? join(user, '.config') : configured, 'Raftdeck');
}
