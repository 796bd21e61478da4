import { spawn } from 'node:child_process';

import { electronBinary } from '../launcher/electron-binary.mjs';
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
  const code = await runElectron(electron.path, program);
  if (code === 0 || Date.now() - startedMs >= FAILED_START_MS) return code;
  return webMode(program, `Electron ended at once with exit code ${code}`);
}

function webMode(program: Program, reason: string): Promise<number> {
  program.warn(`raftdeck: web mode, because ${reason}\n`);
  const request = { port: 0, homeFlag: null, open: true, nodes: 'keep' } as const;
  return serveUntilEnded(program, { ...request, modeReason: reason });
}

function runElectron(path: string, program: Program): Promise<number> {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = program.env;
  return new Promise((resolve) => {
    const child = spawn(path, [program.root], { env, stdio: 'inherit' });
    child.on('error', (error) => {
      program.warn(`raftdeck: cannot run ${path}: ${error.message}\n`);
      resolve(EXIT_FAILED);
    });
    child.on('exit', (code) => resolve(code ?? EXIT_FAILED));
    // The terminal's Ctrl-C reaches Electron too: it closes, and then we do.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
  });
}
