import type { RunningNode } from '../../../node-engine/node/node-options.ts';
import { reasonOf } from '../args/usage-error.ts';
import type { NodeLog } from './node-log.ts';

/** Where signals come from: the process, in a test an emitter. */
interface SignalSource {
  on(signal: 'SIGHUP', listener: () => void): unknown;
}

type Reloading = Pick<RunningNode, 'reloadTls'>;

/**
 * SIGHUP, as servers have it: the TLS files are read again. It is listened for from now on, because it
 * ends a process that does not; those that come before there is a node are obeyed then, all at once.
 *
 * @returns what is to be called with the node once it is up
 */
export function reloadOnHangUp(
  log: Pick<NodeLog, 'line'>,
  source: SignalSource = process,
): (node: Reloading) => void {
  let running: Reloading | null = null;
  let isAsked = false;
  const reload = (node: Reloading): void => {
    try {
      node.reloadTls();
      log.line('notice', 'SIGHUP: the TLS files were read again');
    } catch (error) {
      log.line('warning', `SIGHUP: the TLS files stay as they were: ${reasonOf(error)}`);
    }
  };
  source.on('SIGHUP', () => {
    if (running === null) isAsked = true;
    else reload(running);
  });
  return (node) => {
    running = node;
    if (isAsked) reload(node);
  };
}
