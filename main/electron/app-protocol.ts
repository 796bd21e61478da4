import type { Session } from 'electron';

import { findRendererFile, type RendererFiles } from '../host/renderer-files.ts';
import { securityHeaders } from '../host/security-headers.ts';
import { APP_ORIGIN, APP_SCHEME, type ElectronApi } from './electron-api.ts';

/** Declares the page's scheme. Electron takes this once, and only before it is ready. */
export function declareAppScheme(protocol: ElectronApi['protocol']): void {
  // Standard and secure: it has an origin, and that origin may use what https pages may.
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges }]);
}

/** Serves the built renderer as `app://raftdeck/…`, from memory. */
export function serveApp(session: Session, files: RendererFiles): void {
  session.protocol.handle(APP_SCHEME, (request) => answer(request, files));
}

function answer(request: Request, files: RendererFiles): Response {
  // The page talks to its host over IPC: it needs no connection of its own.
  const headers = { ...securityHeaders([]), 'Content-Type': 'text/plain; charset=utf-8' };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Only GET and HEAD are answered here.\n', { status: 405, headers });
  }
  const url = new URL(request.url);
  const isOurs = `${url.protocol}//${url.host}` === APP_ORIGIN;
  const file = isOurs ? findRendererFile(files, url.pathname) : undefined;
  if (file === undefined) {
    return new Response('There is no such file.\n', { status: 404, headers });
  }
  const body = request.method === 'HEAD' ? null : new Uint8Array(file.bytes);
  return new Response(body, { headers: { ...headers, 'Content-Type': file.contentType } });
}
