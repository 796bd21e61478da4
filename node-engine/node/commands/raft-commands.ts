import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { hashInSlices } from '../state-hash.ts';
import { LATER } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { FAULT_SUBCOMMANDS } from './fault-commands.ts';
import { raftInfo } from './raft-info.ts';
import { readLog } from './log-entries.ts';
import { addPeer, depart, promote, transfer } from './membership-commands.ts';
import { shrinkLog } from './peer-commands.ts';
import { RESTORE_SUBCOMMANDS } from './restore-commands.ts';
import { SNAPSHOT_SUBCOMMANDS } from './snapshot-commands.ts';
import type { Subcommand } from './spec.ts';
import { commandOfSubcommands } from './subcommands.ts';

const INTERVAL_DEFAULT_MS = 1000;
const INTERVAL_MIN_MS = 50;
const INTERVAL_MAX_MS = 60_000;

function watch(call: Call, texts: readonly string[]): Reply {
  let events = false;
  let intervalMs = INTERVAL_DEFAULT_MS;
  for (let at = 0; at < texts.length; at += 1) {
    const word = (texts[at] ?? '').toUpperCase();
    if (word === 'EVENTS') events = true;
    else if (word === 'INTERVAL' && at + 1 < texts.length) {
      at += 1;
      const text = texts[at] ?? '';
      intervalMs = /^\d{1,6}$/u.test(text) ? Number(text) : 0;
      if (intervalMs < INTERVAL_MIN_MS || intervalMs > INTERVAL_MAX_MS) {
        return errorReply(
          `ERR INTERVAL is ${String(INTERVAL_MIN_MS)} to ${String(INTERVAL_MAX_MS)} milliseconds`,
        );
      }
    } else return errorReply('ERR syntax error');
  }
  return call.node.watch.add(call.client, { events, intervalMs });
}

function serverList(call: Call): Reply {
  const leaderId = call.node.leader()?.id ?? null;
  return call.node.core.membership().members.map((member) => ({
    type: 'map',
    entries: [
      ['id', member.id],
      ['address', member.clientAddress],
      ['leader', member.id === leaderId ? 'true' : 'false'],
      ['voter', member.voter ? 'true' : 'false'],
    ],
  }));
}

function serverAdd(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [id = '', address = '', kind] = texts;
  const word = kind?.toUpperCase();
  if (word !== undefined && !['NONVOTER', 'NON-VOTER', 'VOTER'].includes(word)) {
    return errorReply('ERR syntax error');
  }
  const addition = { address, id, promote: word === undefined || word === 'VOTER', success: 1 };
  return addPeer(call, addition);
}

function campaign(call: Call): typeof LATER {
  const { node } = call;
  const campaignNow = (): void => {
    const answer = node.core.campaignNow();
    if (answer.ok) call.reply(OK);
    else {
      const { reason, leaderId } = answer;
      call.reply(node.failure({ kind: 'refused', reason, leaderId }, 0));
    }
  };
  node.driver.ask(campaignNow, (failure) => {
    call.reply(node.failure(failure, 0));
  });
  return LATER;
}

function stateHash(call: Call): typeof LATER {
  const index = call.node.driver.appliedIndex;
  hashInSlices(call.node.machine, setImmediate, (error, hash) => {
    call.reply(error === null ? [index, hash] : errorReply(`ERR cannot hash: ${error.message}`));
  });
  return LATER;
}

const STATUS_SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: 'STATUS',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Returns everything this node says of itself, as JSON.',
    usage: 'RAFT STATUS',
    run: (call) => JSON.stringify(call.node.status()),
  },
  {
    words: 'STATUS HASH',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: "Returns the applied index and the hash of the machine's state there.",
    usage: 'RAFT STATUS HASH',
    run: stateHash,
  },
  {
    words: 'WATCH',
    argumentsMin: 0,
    argumentsMax: 3,
    summary: 'Turns the connection into a stream of status, figures and, with EVENTS, the trace.',
    usage: 'RAFT WATCH [EVENTS] [INTERVAL ms]',
    run: watch,
  },
  {
    words: 'LEADER',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: "Returns the leader's address, or an empty string.",
    usage: 'RAFT LEADER',
    run: (call) => call.node.leader()?.clientAddress ?? '',
  },
  {
    words: 'INFO',
    argumentsMin: 0,
    argumentsMax: 64,
    summary: 'Returns figures by name; patterns choose.',
    usage: 'RAFT INFO [pattern ...]',
    run: raftInfo,
  },
  {
    words: 'LOG',
    argumentsMin: 1,
    argumentsMax: 3,
    summary: 'Returns entries of the log from an index on, decoded.',
    usage: 'RAFT LOG from [COUNT n]',
    run: readLog,
  },
  {
    words: 'LOG SHRINK',
    argumentsMin: 0,
    argumentsMax: 1,
    summary: 'Drops the log below the newest snapshot, or less of it, and frees its space.',
    usage: 'RAFT LOG SHRINK [up to index]',
    administrative: true,
    run: shrinkLog,
  },
  {
    words: 'TIMEOUT',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Starts an election on this node now, even though a leader is heard.',
    usage: 'RAFT TIMEOUT',
    administrative: true,
    run: campaign,
  },
];

const SERVER_SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: 'SERVER LIST',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: 'Returns the members.',
    usage: 'RAFT SERVER LIST',
    run: serverList,
  },
  {
    words: 'SERVER ADD',
    argumentsMin: 2,
    argumentsMax: 3,
    summary: 'Adds a waiting node; NONVOTER is never promoted by itself.',
    usage: 'RAFT SERVER ADD id address [NONVOTER|VOTER]',
    administrative: true,
    run: serverAdd,
  },
  {
    words: 'SERVER REMOVE',
    argumentsMin: 1,
    argumentsMax: 1,
    summary: 'Removes a member; a leader hands over first.',
    usage: 'RAFT SERVER REMOVE id',
    administrative: true,
    run: (call, texts) => depart(call, 'REMOVE', texts[0] ?? '', 1),
  },
  {
    words: 'SERVER PROMOTE',
    argumentsMin: 1,
    argumentsMax: 1,
    summary: 'Gives a non-voter a vote.',
    usage: 'RAFT SERVER PROMOTE id',
    administrative: true,
    run: (call, texts) => promote(call, texts[0] ?? '', 1),
  },
  {
    words: 'SERVER DEMOTE',
    argumentsMin: 1,
    argumentsMax: 1,
    summary: "Takes a voter's vote; a leader hands over first.",
    usage: 'RAFT SERVER DEMOTE id',
    administrative: true,
    run: (call, texts) => depart(call, 'DEMOTE', texts[0] ?? '', 1),
  },
  {
    words: 'SERVER TRANSFER',
    argumentsMin: 0,
    argumentsMax: 1,
    summary: 'Hands leadership over, to the voter named or furthest ahead.',
    usage: 'RAFT SERVER TRANSFER [id]',
    administrative: true,
    run: (call, texts) => transfer(call, texts[0] ?? null),
  },
];

/** All subcommands of RAFT. */
export const RAFT_SUBCOMMANDS: readonly Subcommand[] = [
  ...STATUS_SUBCOMMANDS,
  ...SERVER_SUBCOMMANDS,
  ...SNAPSHOT_SUBCOMMANDS,
  ...RESTORE_SUBCOMMANDS,
  ...FAULT_SUBCOMMANDS,
];

/** What RAFT says of itself. */
export const RAFT_SOURCE = {
  name: 'raft',
  summary: 'Inspects and manages the Raft group.',
  group: 'raft',
} as const;

/** RAFT and its subcommands. */
export const RAFT_COMMANDS: readonly NodeCommand[] = [
  commandOfSubcommands(RAFT_SOURCE, RAFT_SUBCOMMANDS),
];
