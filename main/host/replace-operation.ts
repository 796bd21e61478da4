import type { Reply } from '../../node-engine/resp/value.ts';
import type { Result } from '../contract/errors.ts';
import { noLeader } from './cluster-operations.ts';
import { refusalOf } from './command-sender.ts';
import { DONE, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { type Operation, StepFailure } from './operation.ts';
import { COMPARE, type RestoreSource } from './restore-operation.ts';
import { sameState } from './same-state.ts';
import { readSnapshot, sizeWords } from './snapshot-reader.ts';

const BRING = 'Bring the snapshot to the leader';
const REPLACE = 'Keep the present state, then replace it';
/** A large state takes a while to be read, kept, and sent through the log. */
const REPLACE_TIMEOUT_MS = 10 * 60_000;
const UPLOAD_TIMEOUT_MS = 30_000;
const PROGRESS_MS = 250;

/** Replaces the state of a running cluster by that of one of its snapshots. */
export async function replaceState(
  source: RestoreSource,
  confirmName: string,
): Promise<Result<null>> {
  const { cluster, node } = source;
  if (confirmName !== cluster.name) {
    return failure(
      'E_CONFIRM',
      `Every key of this cluster is replaced, so its name has to be typed. Nothing was changed. Its name is '${cluster.name}'.`,
    );
  }
  const leader = cluster.leader();
  if (leader === null) return noLeader(cluster);
  const steps = [...(leader === node ? [] : [BRING]), REPLACE, COMPARE];
  return cluster.operate({ kind: 'replace', nodeId: leader.id, steps }, (operation) => ({
    accepted: Promise.resolve(DONE),
    finished: replaceOn(operation, leader, source),
  }));
}

async function replaceOn(
  operation: Operation,
  leader: ManagedNode,
  source: RestoreSource,
): Promise<void> {
  const { cluster, node, snapshotId } = source;
  const file = `${snapshotId}.snapshot`;
  const isBrought = leader !== node;
  if (isBrought) {
    const done = await operation.run(BRING, async () => {
      const bytes = await upload(leader, source, file);
      return `${sizeWords(bytes)} from ${node.name}`;
    });
    if (!done) return;
  }
  const what = isBrought ? ['FILE', file] : [snapshotId];
  const isReplaced = await operation.run(REPLACE, (say) => replace(cluster, leader, what, say));
  // It was brought for this alone; what is left of it would only take up space.
  if (isBrought) await call(cluster, leader, ['RAFT', 'SNAPSHOT', 'DISCARD', file]);
  if (!isReplaced) return;
  await operation.run(COMPARE, () => {
    return sameState(
      cluster,
      cluster.members().filter(({ connected }) => connected),
    );
  });
}

/** Copies the file into the leader's folder import; returns its size. */
async function upload(
  leader: ManagedNode,
  { cluster, node, snapshotId }: RestoreSource,
  file: string,
): Promise<number> {
  let offset = 0;
  const brought = await cluster.talk(leader, async (send) =>
    readSnapshot(cluster, node, snapshotId, async (bytes) => {
      const words = ['RAFT', 'SNAPSHOT', 'UPLOAD', file, String(offset), bytes];
      const refused = refusalOf(await send(words, UPLOAD_TIMEOUT_MS));
      if (refused !== null) throw new StepFailure(refused.message);
      offset += bytes.length;
    }),
  );
  if (!brought.ok) throw new StepFailure(brought.error.message);
  return offset;
}

async function replace(
  cluster: ManagedCluster,
  leader: ManagedNode,
  what: readonly string[],
  say: (detail: string) => void,
): Promise<string> {
  const timer = setInterval(() => {
    const under = leader.status?.restore;
    if (under === null || under === undefined) return;
    say(
      under.step === 'checking'
        ? 'the leader reads the file'
        : `${sizeWords(under.bytes)} of ${sizeWords(under.sizeBytes)} are in the log`,
    );
  }, PROGRESS_MS);
  try {
    const replied = await call(cluster, leader, ['RAFT', 'SNAPSHOT', 'RESTORE', ...what]);
    if (!replied.ok) throw new StepFailure(replied.error.message);
    const fields = fieldsOf(replied.value);
    const before = fields.get('before') ?? '';
    const kept =
      before === ''
        ? 'nothing was there before'
        : `the state before is the file ${before} in the folder import of ${leader.name}`;
    return `${fields.get('keys') ?? '?'} keys, in force at entry ${fields.get('index') ?? '?'}; ${kept}`;
  } finally {
    clearInterval(timer);
  }
}

async function call(
  cluster: ManagedCluster,
  node: ManagedNode,
  args: readonly string[],
): Promise<Result<Reply>> {
  const options = { timeoutMs: REPLACE_TIMEOUT_MS, followRedirects: false };
  const answered = await cluster.send(node, args, options);
  if (!answered.ok) return answered;
  const { reply } = answered.value;
  const refused = refusalOf(reply);
  return refused === null ? { ok: true, value: reply } : { ok: false, error: refused };
}

function fieldsOf(reply: Reply): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return fields;
  if (reply.type !== 'map') return fields;
  for (const [name, value] of reply.entries) fields.set(textOf(name), textOf(value));
  return fields;
}

function textOf(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  return typeof reply === 'string' || typeof reply === 'number' ? String(reply) : '';
}
