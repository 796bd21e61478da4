import { OutsideRequests } from '../../main/host/outside-requests.ts';
import type { OutsidePush } from '../../main/contract/outside.ts';
import type { Settings } from '../../main/contract/model.ts';
import type { ShellHost, ShellOptions } from '../../main/electron/shell.ts';
import type { OpenedRecording } from '../../main/contract/recording-file.ts';
import type { FakeHost } from '../contract/fake-host.ts';
import { TEST_FILES } from '../web/web-client.ts';

/** What a shell is started with in a test, but for the host. */
export function shellOptions(
  openHost: ShellOptions['openHost'],
  { argv = ['raftdeck'], log = () => undefined }: Partial<Pick<ShellOptions, 'argv' | 'log'>> = {},
): ShellOptions {
  return {
    argv,
    home: null,
    preload: '/app/preload.cjs',
    nodeEntry: '/app/raftdeck.js',
    readFiles: () => TEST_FILES,
    openHost,
    log,
  };
}

/** The part of a host that a test of the shell looks at; a test says how the rest behaves. */
export interface ShellState {
  settings: Settings;
  runningNodes: number;
  /** With which fate of the nodes it was closed. */
  readonly closed: string[];
  /** Commands that were chosen from the menu. */
  readonly chosen: string[];
  /** What came from outside, as a page would hear of it. */
  readonly asked: OutsidePush[];
}

/** A host for the shell around a fake one; what comes from outside goes through the real thing. */
export function shellHost(host: FakeHost, state: ShellState): ShellHost {
  const opened = {} as OpenedRecording;
  const done = async (): Promise<{ ok: true; value: null }> => ({ ok: true, value: null });
  return {
    ...host.service,
    outside: new OutsideRequests({
      opened: {
        begin: async () => ({ ok: true, value: { uploadId: 'rec-1' } }),
        send: done,
        cancel: done,
        finish: async () => ({ ok: true, value: opened }),
      },
      publish: (push) => state.asked.push(push),
      log: () => undefined,
    }),
    chooseFromMenu: (command) => state.chosen.push(command),
    get runningNodes() {
      return state.runningNodes;
    },
    get settings() {
      return state.settings;
    },
    setSettings: async (changed) => {
      state.settings = changed;
      return { ok: true, value: changed };
    },
    close: async ({ nodes }) => {
      state.closed.push(nodes);
    },
  };
}
