import { SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { errorReply, OK } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { ReadLevel } from '../driver-ports.ts';
import { textOf } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { nodeCommand } from './spec.ts';

/** The greatest age that can be asked for: a day, far beyond what anyone calls fresh. */
const MAX_AGE_MS_MAX = 86_400_000;

const NOT_AN_AGE = errorReply(
  `ERR MAXAGE is a whole number of milliseconds, at most ${String(MAX_AGE_MS_MAX)}`,
);

/**
 * READONLY [MAXAGE milliseconds | ANYAGE]: from now on the node that the connection is to answers its
 * reads itself. Never weaker than the node's own consistency unless that is said: alone it is
 * linearizable, except on nodes that are told to answer with whatever they have.
 */
function readOnly(call: Call): Reply {
  const level = levelOf(call);
  if (typeof level === 'object' && 'type' in level) return level;
  call.client.readLevel = level;
  return OK;
}

function levelOf(call: Call): ReadLevel | Extract<Reply, { readonly type: 'error' }> {
  const option = textOf(call, 1).toUpperCase();
  if (call.args.length === 1) {
    return call.node.settings.consistency === 'low' ? 'low' : 'follower';
  }
  if (option === 'ANYAGE' && call.args.length === 2) return 'low';
  if (option !== 'MAXAGE' || call.args.length !== 3) return SYNTAX_ERROR;
  const text = textOf(call, 2);
  const maxAgeMs = Number(text);
  if (!/^\d{1,8}$/u.test(text) || maxAgeMs > MAX_AGE_MS_MAX) return NOT_AN_AGE;
  return { maxAgeMs };
}

/** READONLY, READWRITE. */
export const READONLY_COMMANDS: readonly NodeCommand[] = [
  nodeCommand({
    name: 'readonly',
    arity: -1,
    summary:
      'Lets the node of this connection answer its reads: linearizable, or with a greatest age.',
    group: 'cluster',
    arguments: [
      {
        name: 'age',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'milliseconds', type: 'integer', token: 'MAXAGE' },
          { name: 'anyage', type: 'token', token: 'ANYAGE' },
        ],
      },
    ],
    run: readOnly,
  }),
  nodeCommand({
    name: 'readwrite',
    arity: 1,
    summary: 'Ends READONLY.',
    group: 'cluster',
    run: (call) => {
      call.client.readLevel = null;
      return OK;
    },
  }),
];
