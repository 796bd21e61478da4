import { Glob } from '../../machine/glob.ts';
import type { Reply } from '../../resp/value.ts';
import { PROTOCOL_MAX, PROTOCOL_MIN } from '../../transport/hello.ts';
import { withoutClasses } from '../dialect/typed-text.ts';
import type { NodeStatus } from '../status.ts';
import type { Call } from './command.ts';
import { stateWord } from './peer-commands.ts';

/** The format of a snapshot's file. */
const SNAPSHOT_VERSION = '1';

/** What Uhaha's RAFT INFO has not got; its users may count the rows. */
const OWN_ROWS: ReadonlySet<string> = new Set(['clock_offsets', 'state_age', 'time_source']);

/** RAFT INFO: figures by name, sorted; patterns choose, and any of them may match. */
export function raftInfo(call: Call): Reply {
  const rows = rowsOf(call.node.status(), {
    state: stateWord(call),
    timeSource: call.node.timeSource(),
  });
  const patterns = call.args.slice(2).map((pattern) => {
    const [, escaped = pattern] = withoutClasses([pattern, pattern]);
    return new Glob(escaped);
  });
  const isUhaha = call.node.dialect.name === 'uhaha';
  const isWanted = (key: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => pattern.matches(Buffer.from(key)));
  const shown = rows.filter(([key]) => isWanted(key) && !(isUhaha && OWN_ROWS.has(key)));
  return { type: 'map', entries: shown };
}

function rowsOf(
  status: NodeStatus,
  { state, timeSource }: { readonly state: string; readonly timeSource: string },
): readonly (readonly [name: string, value: string])[] {
  const { commitIndex, appliedIndex, members, leaderContactMs } = status;
  const behind = Math.max(0, commitIndex - appliedIndex);
  const loaded =
    commitIndex === 0 ? 100 : (Math.min(appliedIndex, commitIndex) / commitIndex) * 100;
  const peers = members.filter((one) => one.voter && one.id !== status.id).length;
  const servers = members.map(
    ({ id, clientAddress, voter }) =>
      `{Suffrage:${voter ? 'Voter' : 'Nonvoter'} ID:${id} Address:${clientAddress}}`,
  );
  const clocks = status.clocks.map(
    ({ id, offsetMs, errorMs }) => `{ID:${id} Offset:${offsetMs}ms Error:${errorMs}ms}`,
  );
  return [
    ['applied_index', String(appliedIndex)],
    ['clock_offsets', `[${clocks.join(' ')}]`],
    ['commit_index', String(commitIndex)],
    ['fsm_pending', String(behind)],
    ['id', status.id],
    ['last_contact', contactText(status.role === 'leader' ? 0 : leaderContactMs)],
    ['last_log_index', String(status.lastIndex)],
    ['last_log_term', String(status.lastTerm)],
    ['last_snapshot_index', String(status.snapshotIndex)],
    ['last_snapshot_term', String(status.snapshotTerm)],
    ['latest_configuration', `[${servers.join(' ')}]`],
    ['latest_configuration_index', String(status.membershipIndex)],
    ['logs_behind', String(behind)],
    ['logs_loaded_percent', loaded.toFixed(1)],
    ['num_peers', String(status.voter ? peers : 0)],
    ['protocol_version', String(PROTOCOL_MAX)],
    ['protocol_version_max', String(PROTOCOL_MAX)],
    ['protocol_version_min', String(PROTOCOL_MIN)],
    ['snapshot_version_max', SNAPSHOT_VERSION],
    ['snapshot_version_min', SNAPSHOT_VERSION],
    ['state', state],
    ['state_age', status.stateAgeMs === null ? 'unknown' : `${String(status.stateAgeMs)}ms`],
    ['term', String(status.term)],
    ['time_source', timeSource],
    ['voter', status.voter ? 'true' : 'false'],
  ];
}

function contactText(contactMs: number | null): string {
  if (contactMs === null) return 'never';
  return contactMs === 0 ? '0' : `${String(contactMs)}ms`;
}
