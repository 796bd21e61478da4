import type { Session, WebContents } from 'electron';

import { APP_ORIGIN, type ElectronApi } from './electron-api.ts';
import { openExternalLink } from './external-links.ts';

/** Denies every permission, and every request that is not for the app's own files. */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
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
