import type { ElectronApi } from './electron-api.ts';

/** Sites that the app itself links to. */
const HOSTS: ReadonlySet<string> = new Set(['raft.github.io', 'redis.io', 'github.com']);

/** Whether a link may leave the app: https, to a site that the app itself links to. */
export function mayLeave(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { protocol, hostname, port, username, password } = new URL(link);
  const isPlain = port === '' && username === '' && password === '';
  return protocol === 'https:' && isPlain && HOSTS.has(hostname);
}

/** Opens a link in the user's browser where it may leave the app; ignores it where it may not. */
export function openExternalLink(shell: ElectronApi['shell'], link: string): void {
  // A browser that cannot be started is told to the user by the system.
  if (mayLeave(link)) shell.openExternal(link).catch(() => undefined);
}
