import { spawn } from 'node:child_process';

import { electronBinary } from '../launcher/electron-binary.mjs';
import { electronEnding } from '../launcher/electron-ending.mjs';
import { windowObstacle } from '../launcher/window-obstacle.mjs';
import { EXIT_FAILED, type Program } from './program.ts';
import { serveUntilEnded } from './serve/serve-command.ts';

/** An Electron that ends this soon with an error never showed a window. */
const FAILED_START_MS = 10_000;

/** `raftdeck` alone: the window where Electron can run, else the same in a browser, saying why. */
export async function windowCommand(program: Program): Promise<number> {
  const obstacle = windowObstacle({
    platform: process.platform,
    env: program.env,
    userId: process.getuid?.(),
    sandbox: true,
  });
  const electron = obstacle === undefined ? electronBinary(program.root) : { missing: obstacle };
  if (!('path' in electron)) return webMode(program, electron.missing);
  const startedMs = Date.now();
  const { code, signal } = await runElectron(electron.path, program);
  if (code === 0 || Date.now() - startedMs >= FAILED_START_MS) return code ?? EXIT_FAILED;
  const { platform } = process;
  return webMode(program, electronEnding({ code, signal, platform, without: null }));
}

function webMode(program: Program, reason: string): Promise<number> {
  program.warn(`raftdeck: web mode, because ${reason}\n`);
  const request = { port: 0, homeFlag: null, open: true, nodes: 'keep' } as const;
  return serveUntilEnded(program, { ...request, modeReason: reason });
}

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

function runElectron(path: string, program: Program): Promise<Ending> {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = program.env;
  return new Promise((resolve) => {
    const child = spawn(path, [program.root], { env, stdio: 'inherit' });
    child.on('error', (error) => {
      program.warn(`raftdeck: cannot run ${path}: ${error.message}\n`);
      resolve({ code: EXIT_FAILED, signal: null });
    });
    child.on('exit', (code, signal) => resolve({ code, signal }));
    // The terminal's Ctrl-C reaches Electron too: it closes, and then we do.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
  });
}
