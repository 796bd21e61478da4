import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { encodeMembership } from '../../node-engine/raft/membership-codec.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import { RUN_COMMANDS, RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

/* Cores of one cluster in one loop, with a disk and a network that take no time. */

const IDS = ['1', '2', '3', '4', '5', '6', '7'];
const COMMAND = new Uint8Array(40);

/** What a run of the loop has cost. */
export interface CoreFigures {
  readonly runs: number;
  readonly messages: number;
  readonly readys: number;
  readonly nanoseconds: number;
}

/** A cluster of `size` cores whose first one leads. */
export function startCores(size: number): Raft[] {
  const members = IDS.slice(0, size).map((id) => ({
    id,
    peerAddress: `n${id}:1`,
    clientAddress: `n${id}:2`,
    voter: true,
    promote: false,
  }));
  const first: Run = {
    firstIndex: 1,
    originalFirstIndex: 1,
    count: 1,
    term: 1,
    timeNs: 0n,
    seed: 0n,
    flags: RUN_MEMBERSHIP,
    bytes: encodeMembership({ members }),
  };
  const cores = members.map(
    ({ id }) =>
      new Raft({
        id,
        config: DEFAULT_RAFT_CONFIG,
        recovered: {
          hardState: { term: 1, votedFor: null, commitIndex: 1 },
          snapshot: null,
          firstIndex: 1,
          lastIndex: 1,
          terms: [{ firstIndex: 1, term: 1 }],
          memberships: [{ index: 1, membership: { members } }],
          tail: [first],
        },
        nowMs: 0,
        random: () => 0.5,
        offsetOfCommand: (_, count) => count,
        trace: null,
      }),
  );
  cores[0]?.campaign();
  settle(cores, []);
  if (cores[0]?.role() !== 'leader') throw new Error('the first core does not lead');
  return cores;
}

/** Does everything there is to do; returns how many messages and Readys that took. */
function settle(cores: readonly Raft[], network: Message[]): { messages: number; readys: number } {
  let messages = 0;
  let readys = 0;
  do {
    for (const core of cores) {
      while (core.hasReady()) {
        const ready = core.ready();
        readys += 1;
        for (const message of ready.messages) network.push(message);
        if (ready.mustPersist) {
          core.persisted(ready.sequence);
          for (const message of ready.messagesAfterAppend) network.push(message);
        }
        core.applied(ready.commitIndex);
      }
    }
    const arrived = network.splice(0);
    messages += arrived.length;
    for (const message of arrived) cores[Number(message.to) - 1]?.step(message);
  } while (network.length > 0 || cores.some((core) => core.hasReady()));
  return { messages, readys };
}

/** Proposes `turns` times `runsPerTurn` runs of one command and lets each turn commit everywhere. */
export function replicateRuns(
  cores: readonly Raft[],
  options: { readonly turns: number; readonly runsPerTurn: number },
): CoreFigures {
  const [leader] = cores;
  if (leader === undefined) throw new Error('a cluster has a core');
  const network: Message[] = [];
  const proposal = { count: 1, timeNs: 1n, seed: 1n, flags: RUN_COMMANDS, bytes: COMMAND };
  let messages = 0;
  let readys = 0;
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < options.turns; turn += 1) {
    for (let number = 0; number < options.runsPerTurn; number += 1) {
      if (!leader.propose(proposal).ok) throw new Error('a proposal was refused');
    }
    const done = settle(cores, network);
    messages += done.messages;
    readys += done.readys;
  }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (leader.commitIndex() !== cores.at(-1)?.commitIndex()) throw new Error('not all committed');
  return { runs: options.turns * options.runsPerTurn, messages, readys, nanoseconds };
}

/** Reads on the leader, one round each. */
export function confirmReads(cores: readonly Raft[], turns: number): CoreFigures {
  const network: Message[] = [];
  let messages = 0;
  let readys = 0;
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < turns; turn += 1) {
    cores[0]?.readIndex();
    const done = settle(cores, network);
    messages += done.messages;
    readys += done.readys;
  }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  return { runs: turns, messages, readys, nanoseconds };
}
