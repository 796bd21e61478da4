import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import { DetachedSpawner } from '../host/detached-spawner.ts';
import { causeOf, failure } from '../host/failure.ts';
import { takenPorts } from '../host/free-ports.ts';
import { Host } from '../host/host.ts';
import { readRendererFiles, type RendererFiles } from '../host/renderer-files.ts';
import { dialResp } from '../host/resp-dial.ts';
import type { NodeSpawner } from '../host/spawner.ts';
import { openBrowser, type OpenedBrowser } from './open-browser.ts';
import { startWebServer, type WebServer } from './web-server.ts';

/** What `raftdeck serve` is made from. */
export interface ServeOptions {
  readonly home: string;
  /** 0 for a free one. */
  readonly port: number;
  /** The program and first arguments that run `raftdeck`: Node and the built entry. */
  readonly command: readonly string[];
  /** The folder of the built renderer. */
  readonly rendererFolder: string;
  /** The built program that checks histories. */
  readonly checker: string;
  readonly version: string;
  /** Why this is web mode, when the window was wanted; null when it was asked for. */
  readonly modeReason: string | null;
  readonly openBrowser: boolean;
  /** Takes lines about nodes found again and the like. */
  readonly log: (line: string) => void;
  /** Nodes as processes of their own that outlive this one, unless another way is given. */
  readonly spawner?: NodeSpawner;
}

/** A window served to a browser. */
export interface Serving {
  readonly port: number;
  /** The link that lets the first browser in; it works once. */
  readonly link: string;
  readonly opened: OpenedBrowser['how'];
  /** How many nodes run now. */
  readonly runningNodes: () => number;
  /** A further link, for another browser. */
  readonly newLink: () => string;
  /** Settles when somebody asks for the end from the window, with what becomes of the nodes. */
  readonly leaving: Promise<'keep' | 'stop'>;
  /** Ends the server and the window; nodes that are kept are found again by the next host. */
  readonly close: (options: { readonly nodes: 'keep' | 'stop' }) => Promise<void>;
  /** Kills every node before it returns, for an end that cannot wait. */
  readonly killNodes: () => void;
}

/** Starts the host and serves the window on 127.0.0.1. */
export async function startServe(options: ServeOptions): Promise<Result<Serving>> {
  // Whatever is made from here on, by this process or its nodes, is the user's alone.
  process.umask(0o077);
  let files: RendererFiles;
  try {
    files = readRendererFiles(options.rendererFolder);
  } catch (error) {
    const message = `The window's files cannot be read: ${causeOf(error)}. Nothing was started.`;
    return failure('E_IO', message);
  }
  const { home, checker, log, version, modeReason } = options;
  const spawner = options.spawner ?? new DetachedSpawner(options.command);
  const info = { version, mode: 'web', modeReason } as const;
  let leave: (nodes: 'keep' | 'stop') => void = () => undefined;
  const leaving = new Promise<'keep' | 'stop'>((resolve) => {
    leave = resolve;
  });
  const opened = await Host.open({ home, spawner, dial: dialResp, checker, info, log, leave });
  if (!opened.ok) return opened;
  const host = opened.value;
  let server: WebServer;
  try {
    server = await startWebServer({ host, files, port: options.port, log });
  } catch (error) {
    await host.close({ nodes: 'keep' });
    const [taken] = options.port === 0 ? [] : await takenPorts([options.port]);
    const message = `The window cannot be served: ${taken ?? `${causeOf(error)}.`} Nothing was started. Choose another port with --port.`;
    return failure('E_PORT', message);
  }
  const link = server.newLink();
  const browser: OpenedBrowser = options.openBrowser
    ? await openBrowser(link, surroundings(home))
    : { how: 'none', close: () => undefined };
  return {
    ok: true,
    value: {
      port: server.port,
      link,
      opened: browser.how,
      runningNodes: () => host.runningNodes,
      newLink: () => server.newLink(),
      leaving,
      close: async ({ nodes }) => {
        try {
          browser.close();
          await server.close();
        } finally {
          await host.close({ nodes });
        }
      },
      killNodes: () => host.killNodes(),
    },
  };
}

function surroundings(home: string): Parameters<typeof openBrowser>[1] {
  const { platform, env } = process;
  return { platform, env, userId: process.getuid?.(), profile: join(home, 'browser') };
}
