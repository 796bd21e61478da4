import type { CustomScheme, WebPreferences } from 'electron';

import { securityHeaders } from '../host/security-headers.ts';
import { APP_ORIGIN, APP_SCHEME } from './electron-api.ts';

/*
 * What must hold of every page of the app, as sentences for when it does not. Each rule is looked at
 * while the app runs (guard.ts); none is only a matter of how the code reads today.
 */

/** What a page must have been given. What is not named here and below must be left out. */
const PREFERENCES: WebPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
};

/** What a page may have been given besides. A session of its own, say, would have no handlers. */
const OTHER_PREFERENCES: ReadonlySet<string> = new Set(['preload', 'spellcheck', 'devTools']);

/** What the program must not have been started with, once it is packaged: each opens the page to others. */
const FORBIDDEN_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'disable-web-security',
  'allow-running-insecure-content',
  'disable-site-isolation-trials',
  'load-extension',
];

/** The preferences that every window of the app is made with. */
export function webPreferences(preload: string, isPackaged: boolean): WebPreferences {
  return { ...PREFERENCES, preload, spellcheck: false, devTools: !isPackaged };
}

/** What is wrong with the preferences of a window that is about to be made, or null. */
export function preferencesFault(given: WebPreferences, isPackaged: boolean): string | null {
  const values: Readonly<Record<string, unknown>> = { ...given };
  for (const [name, value] of Object.entries(PREFERENCES)) {
    if (values[name] === value) continue;
    return `A window was to be made with ${name} ${JSON.stringify(values[name])}.`;
  }
  const extra = Object.keys(given).find(
    (name) => !(name in PREFERENCES) && !OTHER_PREFERENCES.has(name),
  );
  if (extra !== undefined) return `A window was to be made with ${extra}, which none may have.`;
  if (isPackaged && given.devTools !== false) {
    return 'A window was to be made with developer tools.';
  }
  return null;
}

/** What is wrong with where a page is, or null. */
export function placeFault(url: string): string | null {
  return url.startsWith(`${APP_ORIGIN}/`) ? null : `A page has gone to ${placeOf(url)}.`;
}

/** The site alone: an address can be long, and hold what is nobody's business. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is none';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** What is wrong with the headers of an answer to the page, or null. */
export function headersFault(headers: Headers): string | null {
  for (const [name, value] of Object.entries(securityHeaders([]))) {
    if (headers.get(name) !== value) return `An answer to the page had no ${name} as it must be.`;
  }
  return null;
}

/** What is wrong with the schemes that are about to be declared, or null. */
export function schemesFault(schemes: readonly CustomScheme[]): string | null {
  const allowed = new Set(['standard', 'secure', 'supportFetchAPI']);
  for (const { scheme, privileges } of schemes) {
    if (scheme !== APP_SCHEME) return `The scheme ${scheme} was to be given privileges.`;
    const extra = Object.entries(privileges ?? {}).find(
      ([name, isGiven]) => isGiven === true && !allowed.has(name),
    );
    if (extra !== undefined) return `The page's scheme was to be given ${extra[0]}.`;
  }
  return null;
}

/** What is wrong with how the program was started, or null. */
export function switchesFault(has: (name: string) => boolean, isPackaged: boolean): string | null {
  // Whoever runs the app from its sources may look into it.
  const given = isPackaged ? FORBIDDEN_SWITCHES.find(has) : undefined;
  return given === undefined ? null : `It was started with --${given}.`;
}
