import type { Session, WebContents } from 'electron';

import { APP_ORIGIN, type ElectronApi } from './electron-api.ts';
import { openExternalLink } from './external-links.ts';

/** What asks for a permission. */
export interface PermissionAsker {
  /** Its address, or its origin with or without a slash behind it. */
  readonly url: string;
  readonly isMainFrame: boolean;
}

/**
 * Whether a permission is granted: one is, to put text on the clipboard, and to our page alone. Without it
 * no Copy in the window works. To read the clipboard is another one.
 */
export function mayUse(permission: string, { url, isMainFrame }: PermissionAsker): boolean {
  const isOurs = url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);
  return permission === 'clipboard-sanitized-write' && isMainFrame && isOurs;
}

/** Denies every permission but that one, and every request that is not for the app's own files. */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const { isMainFrame, requestingUrl: url } = details;
    answer(mayUse(permission, { url, isMainFrame }));
  });
  session.setPermissionCheckHandler((_contents, permission, url, { isMainFrame }) =>
    mayUse(permission, { url, isMainFrame }),
  );
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    // A file that the page has made itself, to be saved, is at a blob: address of its own origin.
    const isOwn = [`${APP_ORIGIN}/`, `blob:${APP_ORIGIN}/`].some((own) =>
      details.url.startsWith(own),
    );
    // Only an unpackaged app has developer tools.
    answer({ cancel: !isOwn && !details.url.startsWith('devtools://') });
  });
}

/** Keeps every page where it is: no navigation, no new windows, no embedded pages. */
export function hardenContents({ app, shell }: Pick<ElectronApi, 'app' | 'shell'>): void {
  app.on('web-contents-created', (_event, contents) => {
    stay(contents);
    contents.setWindowOpenHandler(({ url }) => {
      openExternalLink(shell, url);
      return { action: 'deny' };
    });
  });
}

function stay(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
