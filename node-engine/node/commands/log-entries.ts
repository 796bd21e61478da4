import {
  RUN_COMMANDS,
  RUN_KIND_MASK,
  RUN_MEMBERSHIP,
  RUN_NO_OP,
  RUN_RESTORE,
  lastIndexOf,
} from '../../raft/types.ts';
import type { LogIndex, Run } from '../../raft/types.ts';
import { decodeMembership } from '../../raft/membership-codec.ts';
import { forEachCommand } from '../../resp/command-run.ts';
import { errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { decodeRestoreEntry } from '../restore-entry.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';

const COUNT_DEFAULT = 10;
const COUNT_MAX = 1000;
const BYTES_MAX = 1024 * 1024;
/** An argument longer than this is cut in the answer; `bytes` still tells its whole length. */
const ARGUMENT_BYTES_MAX = 4096;

/** RAFT LOG from [COUNT n]: entries as they are stored, the command decoded. */
export function readLog(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [fromText = '', word, countText] = texts;
  const from = Number(fromText);
  const count = countText === undefined ? COUNT_DEFAULT : Number(countText);
  const badWord = word !== undefined && (word.toUpperCase() !== 'COUNT' || countText === undefined);
  if (badWord) return errorReply('ERR syntax error');
  if (!isIndex(fromText) || (countText !== undefined && !isIndex(countText)) || count === 0) {
    return errorReply('ERR value is not an integer or out of range');
  }
  const { node } = call;
  const status = node.core.status();
  const first = Math.max(from, status.firstIndex);
  const last = Math.min(status.stableIndex, first + Math.min(count, COUNT_MAX) - 1);
  if (last < first) return [];
  const range = { fromIndex: first, toIndex: last, bytesMax: BYTES_MAX };
  node.store.read(range, (error, runs) => {
    if (error !== null) call.reply(errorReply(`ERR the log cannot be read: ${error.message}`));
    else call.reply(runs.flatMap(entriesOf));
  });
  return LATER;
}

/** Whether it is written as an index of the log. */
export function isIndex(text: string): boolean {
  return /^\d{1,15}$/u.test(text);
}

function entriesOf(run: Run): Reply[] {
  const entry = (index: LogIndex, kind: string, bytes: number, command: Reply): Reply => ({
    type: 'map',
    entries: [
      ['index', index],
      ['term', run.term],
      ['kind', kind],
      ['time', run.timeNs + BigInt(index - run.originalFirstIndex)],
      ['bytes', bytes],
      ['command', command],
    ],
  });
  switch (run.flags & RUN_KIND_MASK) {
    case RUN_COMMANDS: {
      const entries: Reply[] = [];
      forEachCommand(run.bytes, (args) => {
        const bytes = args.reduce((sum, argument) => sum + argument.length, 0);
        const shown = args.map((argument) => argument.slice(0, ARGUMENT_BYTES_MAX));
        entries.push(entry(run.firstIndex + entries.length, 'command', bytes, shown));
      });
      return entries;
    }
    case RUN_NO_OP:
      return [entry(lastIndexOf(run), 'no-op', 0, [])];
    case RUN_MEMBERSHIP: {
      const members = decodeMembership(run.bytes)?.members ?? [];
      const words = members.map((member) => {
        const suffix = member.voter ? '' : ' non-voter';
        return `${member.id} ${member.clientAddress}${suffix}`;
      });
      return [entry(lastIndexOf(run), 'membership', run.bytes.length, words)];
    }
    case RUN_RESTORE:
      return [entry(lastIndexOf(run), 'restore', run.bytes.length, restoreWords(run.bytes))];
    default:
      return [entry(lastIndexOf(run), 'tick', run.bytes.length, [])];
  }
}

/** What an entry of a restore says; its bytes are no text. */
function restoreWords(bytes: Uint8Array): readonly string[] {
  const entry = decodeRestoreEntry(bytes);
  return entry.type === 'begin' ? [entry.type, entry.announced.name] : [entry.type];
}
