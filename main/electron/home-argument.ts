import { resolve } from 'node:path';

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
