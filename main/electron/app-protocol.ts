import type { Session } from 'electron';

import { DOWNLOAD_PATH } from '../contract/snapshots.ts';
import { attachmentHeaders } from '../host/attachment.ts';
import type { HostService } from '../host/client-session.ts';
import { findRendererFile, type RendererFiles } from '../host/renderer-files.ts';
import { securityHeaders } from '../host/security-headers.ts';
import { APP_ORIGIN, APP_SCHEME } from './electron-api.ts';
import type { Guard } from './guard.ts';

/** Declares the page's scheme. Electron takes this once, and only before it is ready. */
export function declareAppScheme(guard: Guard): void {
  // Standard and secure: it has an origin, and that origin may use what https pages may.
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  guard.declareSchemes([{ scheme: APP_SCHEME, privileges }]);
}

/**
 * Serves the built renderer as `app://raftdeck/…`, from memory, and the files that the page was offered:
 * for these Electron asks where they are to be saved.
 */
export function serveApp(
  session: Session,
  guard: Guard,
  { files, host }: { readonly files: RendererFiles; readonly host: HostService },
): void {
  session.protocol.handle(APP_SCHEME, async (request) =>
    guard.checkAnswer(await answer(request, files, host)),
  );
}

function answer(
  request: Request,
  files: RendererFiles,
  host: HostService,
): Response | Promise<Response> {
  // The page talks to its host over IPC: it needs no connection of its own.
  const headers = { ...securityHeaders([]), 'Content-Type': 'text/plain; charset=utf-8' };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Only GET and HEAD are answered here.\n', { status: 405, headers });
  }
  const url = new URL(request.url);
  const isOurs = `${url.protocol}//${url.host}` === APP_ORIGIN;
  if (isOurs && url.pathname.startsWith(DOWNLOAD_PATH) && request.method === 'GET') {
    return download(host, url.pathname.slice(DOWNLOAD_PATH.length), headers);
  }
  const file = isOurs ? findRendererFile(files, url.pathname) : undefined;
  if (file === undefined) {
    return new Response('There is no such file.\n', { status: 404, headers });
  }
  const body = request.method === 'HEAD' ? null : new Uint8Array(file.bytes);
  return new Response(body, { headers: { ...headers, 'Content-Type': file.contentType } });
}

/** A stream that fails in the middle is a download that failed: nothing looks whole that is not. */
async function download(
  host: HostService,
  token: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const opened = await host.openDownload(token);
  if (!opened.ok) return new Response(`${opened.error.message}\n`, { status: 404, headers });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const stop = (error: unknown): Promise<void> => writer.abort(error).catch(() => undefined);
  void opened.value
    .send((bytes) => writer.write(bytes))
    .then((sent) => (sent.ok ? writer.close() : stop(new Error(sent.error.message))))
    .catch(stop);
  return new Response(readable, { headers: { ...headers, ...attachmentHeaders(opened.value) } });
}
