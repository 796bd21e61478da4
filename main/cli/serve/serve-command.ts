import { join } from 'node:path';

import { homeDirectory } from '../../../node-engine/node/home-directory.ts';
import { startServe, type Serving } from '../../web/serve.ts';
import { parseFlags } from '../args/flags.ts';
import { numberOf } from '../args/numbers.ts';
import { CommandError, UsageError } from '../args/usage-error.ts';
import { listenForEnd } from '../end-signals.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { SERVE_USAGE } from './serve-flags.ts';

/** `raftdeck serve`: the window in a browser, until a signal ends it. */
export async function serveCommand(args: readonly string[], program: Program): Promise<number> {
  const flags = parseFlags(SERVE_USAGE.flags, args);
  const [stray] = flags.positionals;
  if (stray !== undefined) throw new UsageError(`'${stray}' is not a flag; serve takes only flags`);
  const port = flags.value('port');
  return serveUntilEnded(program, {
    port: port === null ? 0 : numberOf('--port', port, { min: 0, max: 65_535 }),
    homeFlag: flags.value('home'),
    open: flags.has('open'),
    nodes: flags.has('stop-nodes') ? 'stop' : 'keep',
    // Whoever wanted the window and could not open it says why.
    modeReason: program.env['RAFTDECK_MODE_REASON'] ?? null,
  });
}

/** How the window is served. */
export interface ServeRequest {
  readonly port: number;
  readonly homeFlag: string | null;
  readonly open: boolean;
  readonly nodes: 'keep' | 'stop';
  readonly modeReason: string | null;
}

/** Serves the window, prints its link, and stays until a signal. */
export async function serveUntilEnded(program: Program, request: ServeRequest): Promise<number> {
  let serving: Serving | null = null;
  const signals = listenForEnd(() => {
    // Nodes do not end with this process: left to themselves they would go on unseen.
    if (request.nodes === 'stop') serving?.killNodes();
    process.exit(EXIT_FAILED);
  });
  const { platform } = process;
  const served = await startServe({
    home: homeDirectory({ flag: request.homeFlag, env: program.env, platform }),
    port: request.port,
    command: [process.execPath, '--enable-source-maps', program.path],
    checker: join(program.root, 'out', 'node', 'history-checker.js'),
    rendererFolder: join(program.root, 'out', 'renderer'),
    version: program.version,
    modeReason: request.modeReason,
    openBrowser: request.open,
    log: (line) => program.warn(`raftdeck serve: ${line}\n`),
  });
  if (!served.ok) throw new CommandError(served.error.message);
  serving = served.value;
  program.print(greeting(serving));
  const nodes = await Promise.race([signals.first.then(() => request.nodes), serving.leaving]);
  const running = serving.runningNodes();
  if (running > 0) {
    const count = running === 1 ? '1 node' : `${running} nodes`;
    const fate = nodes === 'stop' ? 'stopping' : 'leaving';
    const rest = nodes === 'stop' ? '' : ' running; raftdeck serve finds them again';
    program.print(`${fate} ${count}${rest}\n`);
  }
  await serving.close({ nodes });
  return EXIT_DONE;
}

function greeting(serving: Serving): string {
  const where =
    serving.opened === 'none'
      ? `Open this link; it works once:\n  ${serving.link}`
      : `Opened a browser. For another one, this link works once:\n  ${serving.newLink()}`;
  return `Raftdeck serves its window on port ${serving.port}.\n${where}\nCtrl-C ends it.\n`;
}
