import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { encodeMembership } from '../../node-engine/raft/membership-codec.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import { RUN_COMMANDS, RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

/* Cores of one cluster in one loop, with a disk and a network that take no time. */

const IDS = ['1', '2', '3', '4', '5', '6', '7'];
const COMMAND_BYTES = 40;

/** What a run of the loop has cost. */
export interface CoreFigures {
  readonly runs: number;
  readonly messages: number;
  readonly readys: number;
  /** What the cores were told: proposals, reads, messages, and writes that became durable. */
  readonly events: number;
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
        // What is measured ends with the commit on the last server, and no clock runs.
        config: { ...DEFAULT_RAFT_CONFIG, commitNoticeDelayMs: 0 },
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
        offsetOfCommand: (_, count) => count * COMMAND_BYTES,
        trace: null,
      }),
  );
  cores[0]?.campaign();
  settle(cores, [], { messages: 0, readys: 0, writes: 0 });
  if (cores[0]?.role() !== 'leader') throw new Error('the first core does not lead');
  return cores;
}

/** What the cores were asked to do. */
interface Work {
  messages: number;
  readys: number;
  writes: number;
}

/** Does everything there is to do, and counts it. */
function settle(cores: readonly Raft[], network: Message[], work: Work): void {
  do {
    for (const core of cores) {
      while (core.hasReady()) {
        const ready = core.ready();
        work.readys += 1;
        for (const message of ready.messages) network.push(message);
        if (ready.mustPersist) {
          work.writes += 1;
          core.persisted(ready.sequence);
          for (const message of ready.messagesAfterAppend) network.push(message);
        }
        core.applied(ready.commitIndex);
      }
    }
    const arrived = network.splice(0);
    work.messages += arrived.length;
    for (const message of arrived) cores[Number(message.to) - 1]?.step(message);
  } while (network.length > 0 || cores.some((core) => core.hasReady()));
}

function figuresOf(work: Work, asked: number, start: bigint): CoreFigures {
  const nanoseconds = Number(process.hrtime.bigint() - start);
  const { messages, readys, writes } = work;
  return { runs: asked, messages, readys, events: asked + messages + writes, nanoseconds };
}

/** Proposes `turns` times `runsPerTurn` runs of commands and lets each turn commit everywhere. */
export function replicateRuns(
  cores: readonly Raft[],
  options: {
    readonly turns: number;
    readonly runsPerTurn: number;
    readonly commandsPerRun: number;
  },
): CoreFigures {
  const [leader] = cores;
  if (leader === undefined) throw new Error('a cluster has a core');
  const network: Message[] = [];
  const count = options.commandsPerRun;
  const bytes = new Uint8Array(COMMAND_BYTES * count);
  const proposal = { count, timeNs: 1n, seed: 1n, flags: RUN_COMMANDS, bytes };
  const work = { messages: 0, readys: 0, writes: 0 };
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < options.turns; turn += 1) {
    for (let number = 0; number < options.runsPerTurn; number += 1) {
      if (!leader.propose(proposal).ok) throw new Error('a proposal was refused');
    }
    settle(cores, network, work);
  }
  const figures = figuresOf(work, options.turns * options.runsPerTurn, start);
  if (leader.commitIndex() !== cores.at(-1)?.commitIndex()) throw new Error('not all committed');
  return figures;
}

/** Reads on the leader, one round each. */
export function confirmReads(cores: readonly Raft[], turns: number): CoreFigures {
  const network: Message[] = [];
  const work = { messages: 0, readys: 0, writes: 0 };
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < turns; turn += 1) {
    cores[0]?.readIndex();
    settle(cores, network, work);
  }
  return figuresOf(work, turns, start);
}
