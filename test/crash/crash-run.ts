import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { openNode } from '../../node-engine/node/open-node.ts';
import type { NodeStatus } from '../../node-engine/node/status.ts';
import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { RaftdeckProcess, until } from '../cluster/raftdeck-process.ts';
import { type CrashMode, shimEnvironment, ShimState } from './crash-shim.ts';

/*
 * One run of the sweep: a node in a process of its own goes through a script that appends, takes
 * snapshots, trims and ends, with something happening at the n-th operation on its files. Then what is
 * left is opened as it is, and every write that was answered OK must be there.
 */

const SECRET = 'the secret of the crash sweep, long enough';
const STEP_LIMIT_MS = 20_000;
/** Far more than a page carries: such an append waits for the log before the page. */
const LARGE_BYTES = 8_192;

/** A stretch of the script, and how many operations there had been when it ended. */
export interface Phase {
  readonly name: string;
  readonly endsAt: number;
}

/** What became of one run. */
export interface CrashOutcome {
  /** The operation at which it happened; null when the run ended without reaching it. */
  readonly operation: string | null;
  readonly phases: readonly Phase[];
  readonly acknowledged: number;
  /** What is wrong, in sentences; empty when it recovered. */
  readonly problems: readonly string[];
}

/** What to run. */
export interface CrashRun {
  readonly library: string;
  readonly port: number;
  /** Which operation, from 1; 0 = none. */
  readonly at: number;
  readonly mode: CrashMode;
}

/** What the clients were told. */
class Acknowledged {
  readonly values = new Map<string, string>();
  /** Sent and not answered OK: it may be there or not. */
  unknown: { readonly key: string; readonly value: string } | null = null;
}

/** Runs the script with its crash, then checks what is left. */
export async function crashRun(run: CrashRun): Promise<CrashOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-crash-'));
  try {
    const directory = join(folder, 'node');
    const state = new ShimState(join(folder, 'state'));
    const told = new Acknowledged();
    const phases = await withNode(run, { folder, directory, state }, (node) =>
      script(node, state, told),
    );
    const problems = await problemsOf({ directory, advertise: `127.0.0.1:${run.port}` }, told);
    return { operation: state.reached, phases, acknowledged: told.values.size, problems };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A node under the shim, as the script sees it. */
interface ShimmedNode {
  readonly process: RaftdeckProcess;
  readonly client: RespClient;
}

async function withNode(
  run: CrashRun,
  place: { readonly folder: string; readonly directory: string; readonly state: ShimState },
  task: (node: ShimmedNode) => Promise<readonly Phase[]>,
): Promise<readonly Phase[]> {
  const { folder, directory, state } = place;
  const address = `127.0.0.1:${run.port}`;
  const limits = ['--snapshot-entries', '0', '--trailing-entries', '0', '-l', 'warning'];
  const node = new RaftdeckProcess(['node', '-a', address, '-d', directory, ...limits], {
    env: { ...shimEnvironment({ ...run, directory, state }), RAFTDECK_HOME: folder },
  });
  try {
    const client = await connected(node, address);
    if (client === null) return [];
    try {
      return await task({ process: node, client });
    } finally {
      client.close();
    }
  } finally {
    node.signal('SIGKILL');
    await node.ended;
  }
}

/** A connection to the node once it leads and answers; null when it ended before that. */
async function connected(node: RaftdeckProcess, address: string): Promise<RespClient | null> {
  return until('the node leads or has ended', STEP_LIMIT_MS, async () => {
    if (node.ending !== null) return { client: null };
    let client: RespClient | null = null;
    try {
      client = await RespClient.connect({ address, connectTimeoutMs: 5_000 });
      const said = textOf(await client.call(['RAFT', 'STATUS'], { timeoutMs: 5_000 }));
      const { role, health } = JSON.parse(said) as NodeStatus;
      // It may be elected, by itself above all, before it has applied what is in its log.
      if (role === 'leader' && health === 'ok') return { client };
      client.close();
      // A node whose storage has failed before it could lead never will.
      return health === 'storage-failed' ? { client: null } : false;
    } catch {
      client?.close();
      return false;
    }
  }).then(({ client }) => client);
}

/** The script; ends early when the node does, or when it takes no writes any more. */
async function script(
  { process, client }: ShimmedNode,
  state: ShimState,
  told: Acknowledged,
): Promise<readonly Phase[]> {
  const phases: Phase[] = [{ name: 'start', endsAt: state.count }];
  const say = async (...args: readonly string[]): Promise<string> => {
    if (process.ending !== null) throw new NodeGone();
    try {
      return textOf(await client.call(args, { timeoutMs: STEP_LIMIT_MS }));
    } catch {
      throw new NodeGone();
    }
  };
  const append = async (prefix: string, count: number, value: string): Promise<void> => {
    for (let number = 0; number < count; number += 1) {
      const key = `${prefix}:${number}`;
      told.unknown = { key, value };
      if ((await say('SET', key, value)) !== 'OK') throw new NodeGone();
      told.values.set(key, value);
      told.unknown = null;
    }
  };
  const phase = async (name: string, task: () => Promise<unknown>): Promise<void> => {
    await task();
    phases.push({ name, endsAt: state.count });
  };
  try {
    await phase('small appends', () => append('small', 8, 'v'));
    await phase('large appends', () => append('large', 3, 'x'.repeat(LARGE_BYTES)));
    await phase('snapshot', () => say('RAFTSNAPSHOT'));
    await phase('appends behind it', () => append('behind', 3, 'w'));
    await phase('trim', () => say('RAFTSHRINKLOG'));
    await phase('second snapshot', async () => {
      await append('second', 2, 'u');
      await say('RAFTSNAPSHOT');
    });
    await phase('third snapshot', async () => {
      await append('third', 2, 't');
      await say('RAFTSNAPSHOT');
    });
    await phase('second trim', () => say('RAFTSHRINKLOG'));
    await phase('end', () => process.stop());
  } catch (error) {
    if (!(error instanceof NodeGone)) throw error;
  }
  return phases;
}

/** The node has ended, or has said that it takes no writes any more. */
class NodeGone extends Error {}

/** Opens what is left: it must be whole, hold everything that was answered OK, and take writes. */
async function problemsOf(
  place: { readonly directory: string; readonly advertise: string },
  told: Acknowledged,
): Promise<string[]> {
  const problems: string[] = [];
  try {
    // Before the first answer a directory may be unfinished; then it is enough that it opens.
    if (told.values.size > 0) {
      problems.push(...(await inspectNode(place.directory)).problems.filter(isDamage));
    }
    const options = { machine: kv, address: '127.0.0.1:0', secret: SECRET };
    const node = await openNode({ ...options, ...place });
    try {
      problems.push(...(await contentProblems(node.address, told)));
    } finally {
      await node.close();
    }
  } catch (error) {
    problems.push(`it does not open: ${String(error)}`);
  }
  return problems;
}

/** A torn page, and node.json, are written anew at the start: the other page is whole and decides. */
function isDamage(problem: string): boolean {
  return !problem.startsWith('meta.') && !problem.startsWith('node.json');
}

async function contentProblems(address: string, told: Acknowledged): Promise<string[]> {
  const client = await RespClient.connect({ address, connectTimeoutMs: 2_000 });
  try {
    const say = async (...args: readonly string[]): Promise<string> =>
      textOf(await client.call(args, { timeoutMs: STEP_LIMIT_MS }));
    await until('it leads again and has read its log', STEP_LIMIT_MS, async () => {
      const status = JSON.parse(await say('RAFT', 'STATUS')) as NodeStatus;
      return status.role === 'leader' && status.health === 'ok';
    });
    const problems: string[] = [];
    for (const [key, value] of told.values) {
      const found = await say('GET', key);
      if (found !== value) problems.push(`${key} was answered OK and is ${found.slice(0, 20)}`);
    }
    const keys = Number(await say('DBSIZE'));
    const most = told.values.size + (told.unknown === null ? 0 : 1);
    if (keys < told.values.size || keys > most) problems.push(`${keys} keys, not ${most}`);
    if ((await say('SET', 'after', '1')) !== 'OK') problems.push('it takes no writes');
    return problems;
  } finally {
    client.close();
  }
}
