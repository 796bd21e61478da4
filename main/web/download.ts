import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { attachmentHeaders } from '../host/attachment.ts';
import type { HostService } from '../host/client-session.ts';
import type { Refusal } from './guard.ts';

/**
 * Sends a file that was offered before; returns why there is nothing to send, or null.
 *
 * What breaks off in the middle ends the connection before the length that was announced: the browser
 * then knows that the file is not whole.
 */
export async function sendDownload(
  response: ServerResponse,
  host: HostService,
  token: string,
): Promise<Refusal | null> {
  const opened = await host.openDownload(token);
  if (!opened.ok) return { status: 404, message: opened.error.message };
  const download = opened.value;
  response.writeHead(200, attachmentHeaders(download));
  const sent = await download
    .send(async (bytes) => {
      if (response.destroyed) throw new Error('the browser has gone');
      if (!response.write(bytes)) await drained(response);
    })
    // Only the browser's leaving throws: what a node refuses is a result.
    .catch(() => null);
  if (sent?.ok === true) response.end();
  else response.destroy();
  return null;
}

async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
    .catch(() => undefined)
    .finally(() => gone.abort());
}
