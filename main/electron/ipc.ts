import type { IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';

import type { Result } from '../contract/errors.ts';
import { IPC_CALL, IPC_PUSH, IPC_SUBSCRIBE, type WireResponse } from '../contract/wire.ts';
import { ClientSession, type HostService } from '../host/client-session.ts';
import { failure } from '../host/failure.ts';
import { APP_ORIGIN, type ElectronApi } from './electron-api.ts';

/** Where the binding says what it has refused, and what must never have come. */
export interface IpcReport {
  readonly log: (line: string) => void;
  readonly broken: (sentence: string) => void;
}

/** The Electron binding: one page, one session of the host. */
export function bindIpc(
  ipcMain: ElectronApi['ipcMain'],
  host: HostService,
  { log, broken }: IpcReport,
): void {
  const sessions = new Map<WebContents, ClientSession>();

  const sessionOf = (contents: WebContents): ClientSession => {
    const present = sessions.get(contents);
    if (present !== undefined) return present;
    const session = new ClientSession(host, pushTo(contents), log);
    sessions.set(contents, session);
    const end = (): void => {
      contents.off('destroyed', end);
      contents.off('render-process-gone', end);
      contents.off('did-navigate', end);
      session.close();
      sessions.delete(contents);
    };
    contents.on('destroyed', end);
    contents.on('render-process-gone', end);
    // A page that is loaded anew knows nothing of what it had asked for before.
    contents.on('did-navigate', end);
    return session;
  };

  ipcMain.handle(
    IPC_CALL,
    async (event, name: unknown, request: unknown): Promise<Result<unknown>> => {
      if (!isOwnPage(event)) return refuseSender(event, { log, broken });
      return sessionOf(event.sender).call(name, request);
    },
  );
  ipcMain.on(IPC_SUBSCRIBE, (event, message: unknown) => {
    if (!isOwnPage(event)) {
      refuseSender(event, { log, broken });
      return;
    }
    if (!isRecord(message)) return;
    const { subscribe, unsubscribe } = message;
    const session = sessionOf(event.sender);
    if (isRecord(subscribe)) session.subscribe(subscribe['key'], subscribe['subscription']);
    if (isRecord(unsubscribe)) session.unsubscribe(unsubscribe['key']);
  });
}

/** Whether a message comes from the main frame of a page of ours: not from a frame in it. */
function isOwnPage(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  // A frame that has gone away meanwhile has no address to check.
  if (frame === null || frame !== event.sender.mainFrame) return false;
  return frame.origin === APP_ORIGIN;
}

function refuseSender(
  event: IpcMainEvent | IpcMainInvokeEvent,
  { log, broken }: IpcReport,
): Result<never> {
  const origin = event.senderFrame?.origin ?? 'a frame that is gone';
  log(`Refused a message from ${origin}: it is not the app's own page.`);
  // A frame that a reload has replaced may still speak. One of another origin has no bridge to speak by.
  const isForeign = event.senderFrame !== null && origin !== APP_ORIGIN;
  if (isForeign) broken(`A page of ${origin} has sent the app a message.`);
  return failure('E_SENDER', 'Only the page of this app may ask for this. Nothing was done.');
}

function pushTo(contents: WebContents): ConstructorParameters<typeof ClientSession>[1] {
  return (key, topic, payload) => {
    const message: WireResponse = { push: { key, topic, payload } };
    if (!contents.isDestroyed()) contents.send(IPC_PUSH, message);
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
