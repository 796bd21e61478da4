import { errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { FAULTS_MAX, type FaultSwitchboard } from '../faults/fault-switchboard.ts';
import {
  parseClockFault,
  parseDiskFault,
  parseLease,
  parseLinkFault,
  type ParsedFault,
} from '../faults/parse-fault.ts';
import type { FaultStatus } from '../status.ts';
import type { Call } from './command.ts';
import type { Subcommand } from './spec.ts';

const NOT_ALLOWED = errorReply(
  'ERR faults are not allowed on this node. It was not started with --faults.',
);

type Handler = (call: Call, faults: FaultSwitchboard, texts: readonly string[]) => Reply;

/** Nothing of RAFT FAULT works on a node that was not started for it. */
function allowed(run: Handler): (call: Call, texts: readonly string[]) => Reply {
  return (call, texts) => {
    const { faults } = call.node;
    return faults === null ? NOT_ALLOWED : run(call, faults, texts);
  };
}

function set(faults: FaultSwitchboard, parsed: ParsedFault): Reply {
  if (!parsed.ok) return errorReply(`ERR ${parsed.problem}`);
  const status = faults.set(parsed.fault, parsed.leaseMs);
  if (status !== null) return status.id;
  return errorReply(`ERR ${String(FAULTS_MAX)} faults are in force already. Heal some first.`);
}

function setLink(call: Call, faults: FaultSwitchboard, texts: readonly string[]): Reply {
  const [peerId = ''] = texts;
  const { members } = call.node.core.membership();
  if (peerId === call.node.settings.id) {
    return errorReply('ERR a node has no link to itself. Name another member.');
  }
  if (!members.some(({ id }) => id === peerId)) {
    const ids = members.map(({ id }) => id).join(' ');
    return errorReply(`ERR there is no member '${peerId.slice(0, 40)}'. Members are ${ids}.`);
  }
  return set(faults, parseLinkFault(texts));
}

function extend(_: Call, faults: FaultSwitchboard, texts: readonly string[]): Reply {
  const [id = '', ...lease] = texts;
  const leaseMs = parseLease(lease);
  if (!leaseMs.ok) return errorReply(`ERR ${leaseMs.problem}`);
  return faults.extend(id, leaseMs.value) ? id : noSuchFault(id);
}

function heal(_: Call, faults: FaultSwitchboard, texts: readonly string[]): Reply {
  const [id = 'ALL'] = texts;
  if (id.toUpperCase() === 'ALL') return faults.healAll();
  return faults.heal(id) ? 1 : noSuchFault(id);
}

function noSuchFault(id: string): Reply {
  return errorReply(
    `ERR there is no fault '${id.slice(0, 40)}' in force. RAFT FAULT LIST names them.`,
  );
}

function faultRow(fault: FaultStatus): Reply {
  const { meanMs, extremeMs, bytesPerSecond } = fault;
  return {
    type: 'map',
    entries: [
      ['id', fault.id],
      ['kind', fault.kind],
      ['peer', fault.peerId ?? ''],
      ['direction', fault.direction],
      ['description', fault.description],
      ['lease_ms', fault.leaseMs],
      ['measured', fault.measured],
      ['seen', fault.seen],
      ['stopped', fault.stopped],
      ['shifted', fault.shifted],
      ['mean_ms', meanMs === null ? null : String(meanMs)],
      ['extreme_ms', extremeMs === null ? null : String(extremeMs)],
      ['bytes_per_second', bytesPerSecond],
    ],
  };
}

/** RAFT FAULT …: the fault switchboard. */
export const FAULT_SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: 'FAULT LINK',
    argumentsMin: 3,
    argumentsMax: 8,
    summary:
      'Loses or delays the Raft messages to (OUT) or from (IN) a member until the lease ends.',
    usage:
      'RAFT FAULT LINK id IN|OUT CUT|DROP probability|DELAY ms [JITTER ms]|RATE bytes-per-second LEASE ms',
    administrative: true,
    run: allowed(setLink),
  },
  {
    words: 'FAULT DISK',
    argumentsMin: 1,
    argumentsMax: 4,
    summary: 'Makes writes of log and snapshots late, or fail, until the lease ends.',
    usage: 'RAFT FAULT DISK SLOW ms|FULL|FSYNC-ERROR LEASE ms',
    administrative: true,
    run: allowed((_, faults, texts) => set(faults, parseDiskFault(texts))),
  },
  {
    words: 'FAULT CLOCK',
    argumentsMin: 1,
    argumentsMax: 3,
    summary: "Puts the node's wall clock off, forwards or backwards, until the lease ends.",
    usage: 'RAFT FAULT CLOCK offset-ms LEASE ms',
    administrative: true,
    run: allowed((_, faults, texts) => set(faults, parseClockFault(texts))),
  },
  {
    words: 'FAULT LIST',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Returns the faults in force, with what is left of each lease and what was measured.',
    usage: 'RAFT FAULT LIST',
    run: allowed((_, faults) => faults.list().map(faultRow)),
  },
  {
    words: 'FAULT EXTEND',
    argumentsMin: 1,
    argumentsMax: 3,
    summary: 'Gives a fault in force a new lease, from now on.',
    usage: 'RAFT FAULT EXTEND id LEASE ms',
    administrative: true,
    run: allowed(extend),
  },
  {
    words: 'FAULT HEAL',
    argumentsMin: 0,
    argumentsMax: 1,
    summary: 'Ends one fault or all of them; returns how many.',
    usage: 'RAFT FAULT HEAL [ALL|id]',
    administrative: true,
    run: allowed(heal),
  },
];
