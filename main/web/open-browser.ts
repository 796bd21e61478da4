import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Browsers that know `--app=`, a window without tabs and address bar. */
const APP_BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
];

/** How a link was opened, and how to close what was opened. */
export interface OpenedBrowser {
  /** A window of its own, a tab of the user's browser, or nothing. */
  readonly how: 'window' | 'tab' | 'none';
  /** Ends the window, if it is one of its own. */
  readonly close: () => void;
}

/** What opening depends on. */
export interface BrowserSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userId: number | undefined;
  /** Where the window's own browser profile is kept. */
  readonly profile: string;
}

/** A program and its arguments. */
interface OpenCommand {
  readonly how: 'window' | 'tab';
  readonly program: string;
  readonly args: readonly string[];
}

/** How `link` would be opened here; null when it can only be printed. */
export function browserCommand(link: string, where: BrowserSurroundings): OpenCommand | null {
  const { platform, env } = where;
  if (platform === 'darwin') return { how: 'tab', program: 'open', args: [link] };
  if (platform === 'win32') {
    return { how: 'tab', program: 'rundll32', args: ['url.dll,FileProtocolHandler', link] };
  }
  if ((env['DISPLAY'] ?? '') === '' && (env['WAYLAND_DISPLAY'] ?? '') === '') return null;
  // A browser of the root user would have to run without its sandbox.
  if (where.userId === 0) return null;
  const [browser] = APP_BROWSERS.flatMap((name) => findProgram(name, env) ?? []);
  if (browser !== undefined) {
    const profile = [`--user-data-dir=${where.profile}`, '--no-first-run'];
    const args = [`--app=${link}`, ...profile, '--no-default-browser-check'];
    return { how: 'window', program: browser, args };
  }
  const opener = findProgram('xdg-open', env);
  return opener === null ? null : { how: 'tab', program: opener, args: [link] };
}

/** Opens `link` in a window of its own where that is possible, else in the user's browser. */
export async function openBrowser(
  link: string,
  where: BrowserSurroundings,
): Promise<OpenedBrowser> {
  const command = browserCommand(link, where);
  const nothing: OpenedBrowser = { how: 'none', close: () => undefined };
  if (command === null) return nothing;
  mkdirSync(where.profile, { recursive: true, mode: 0o700 });
  const child = spawn(command.program, command.args, { detached: true, stdio: 'ignore' });
  const started = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  if (!started) return nothing;
  child.unref();
  const isWindow = command.how === 'window';
  return { how: command.how, close: isWindow ? () => endGroup(child) : nothing.close };
}

/** Ends a browser that was started here, with the processes it has started itself. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has just ended by itself.
  }
}

function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return null;
}
