import type { NodeOptions } from './node-options.ts';

/** The lines with which scripts of Uhaha's users find out how a node was started. */
export function logFeatures(options: NodeOptions, address: string): void {
  const { id, consistency, durability, backend, log } = options;
  const reads = consistency === 'low' ? 'openreads' : 'noopenreads';
  const sync = durability === 'high' ? 'sync' : 'nosync';
  const time = (options.timeServer ?? null) === null ? 'localtime' : 'remotetime';
  log('notice', `features: ${reads}, ${sync}, ${time}`);
  log('notice', `node: ${id}`);
  log('notice', `server listening at ${address}`);
  log('notice', `using store: log=${backend} stable=file`);
}
