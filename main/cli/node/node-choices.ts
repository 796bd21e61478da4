import type { Durability } from '../../../node-engine/log/log-store.ts';
import type { Consistency } from '../../../node-engine/node/driver-ports.ts';
import type { Redirect } from '../../../node-engine/node/failure-reply.ts';
import type { NodeOptions } from '../../../node-engine/node/node-options.ts';
import type { Choices } from '../args/choices.ts';
import type { Loudness } from './log-line.ts';

/* The words of a node's options. Finn's and Uhaha's words stand beside ours. */

/** Backends by the names they have elsewhere; said in the log when used. */
export const BACKEND_ALIASES: Readonly<Record<string, NodeOptions['backend']>> = {
  inmem: 'memory',
  bolt: 'lmdb',
  wal: 'fastlog',
};

export const BACKENDS: Choices<NodeOptions['backend']> = {
  leveldb: 'leveldb',
  fastlog: 'fastlog',
  lmdb: 'lmdb',
  memory: 'memory',
  ...BACKEND_ALIASES,
};

/** What a backend is called here, whatever it was called where it was typed. */
export function backendName(typed: string): string {
  const word = typed.toLowerCase();
  return BACKEND_ALIASES[word] ?? word;
}

export const DURABILITIES: Choices<Durability> = { low: 'low', medium: 'medium', high: 'high' };

export const CONSISTENCIES: Choices<Consistency> = { low: 'low', medium: 'medium', high: 'high' };

export const REDIRECTS: Choices<Redirect> = { moved: 'moved', try: 'try', forward: 'forward' };

export const LOUDNESSES: Choices<Loudness> = {
  debug: 'debug',
  verbose: 'verbose',
  notice: 'notice',
  warning: 'warning',
  quiet: 'quiet',
  verb: 'verbose',
  info: 'notice',
  warn: 'warning',
  silent: 'quiet',
};

export const LOG_FORMATS: Choices<'text' | 'json'> = { text: 'text', json: 'json' };
