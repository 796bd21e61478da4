import { SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { formatGoDuration } from '../../machine/go-duration.ts';
import { OK } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { ReadLevel } from '../driver-ports.ts';
import { LATER, textOf } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { nodeCommand } from './spec.ts';

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

/** Answers once a read at this level may run here. */
function whenReadable(call: Call, level: ReadLevel, answer: () => Reply): typeof LATER {
  call.node.driver.read(
    level,
    {
      ready: () => {
        call.reply(answer());
      },
      failed: (failure) => {
        call.reply(call.node.failure(failure, 0));
      },
    },
    call.client.session,
  );
  return LATER;
}

function machine(call: Call): Reply | typeof LATER {
  const word = textOf(call, 1).toUpperCase();
  if (call.args.length > 2 || !['', 'H', 'HUMAN'].includes(word)) return SYNTAX_ERROR;
  if (call.args.length === 2 && word === '') return SYNTAX_ERROR;
  const { driver, settings } = call.node;
  return whenReadable(call, call.client.readLevel ?? settings.consistency, () => {
    const bootNs = driver.startNs;
    const nowNs = driver.nowNs();
    const times = [bootNs, nowNs, bootNs === 0n ? 0n : nowNs - bootNs] as const;
    const [boottime, now, uptime] =
      word === ''
        ? times.map(String)
        : [rfc3339(times[0]), rfc3339(times[1]), formatGoDuration(times[2])];
    return {
      type: 'map',
      entries: [
        ['boottime', boottime ?? ''],
        ['now', now ?? ''],
        ['uptime', uptime ?? ''],
      ],
    };
  });
}

/** A time in UTC with as much of its nine digits as is not zero, as Go prints RFC 3339 times. */
function rfc3339(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / NS_PER_MS)).toISOString().slice(0, 19);
  const digits = String(timeNs % NS_PER_S)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return digits === '' ? `${seconds}Z` : `${seconds}.${digits}Z`;
}

/** MACHINE, BARRIER, MONITOR. */
export const MACHINE_COMMANDS: readonly NodeCommand[] = [
  nodeCommand({
    name: 'machine',
    arity: -1,
    summary: "Returns the time of the cluster's first entry, the time now, and how long that is.",
    group: 'server',
    arguments: [{ name: 'human', type: 'token', token: 'HUMAN', optional: true }],
    run: machine,
  }),
  nodeCommand({
    name: 'barrier',
    arity: 1,
    summary: 'Returns OK once everything committed before it is applied on the leader.',
    group: 'server',
    run: (call) => whenReadable(call, 'high', () => OK),
  }),
  nodeCommand({
    name: 'monitor',
    arity: 1,
    summary: 'Turns the connection into a stream of every command of this node.',
    group: 'server',
    administrative: true,
    run: (call) => {
      call.node.monitors.add(call.client);
      return OK;
    },
  }),
];
