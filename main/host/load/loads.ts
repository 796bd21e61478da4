import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { historyLine } from '../../../node-engine/check/history-lines.ts';
import type { Operation } from '../../../node-engine/check/operation.ts';
import type { Result } from '../../contract/errors.ts';
import type { LoadPush, LoadRequest, LoadView, SavedHistory } from '../../contract/load.ts';
import { loadEvents } from '../../contract/load-events.ts';
import { causeOf, DONE, failure } from '../failure.ts';
import type { ManagedCluster } from '../managed-cluster.ts';
import type { RespDial } from '../resp-port.ts';
import { checkInThread } from './check-history.ts';
import { LoadRun } from './load-run.ts';

/** The machine whose commands the workload is made of. */
const LOAD_MACHINE = 'kv';
const LINES_AT_ONCE = 2_000;

/** What loads are made with. */
export interface LoadsOptions {
  readonly dial: RespDial;
  /** The built program that checks histories in a thread of its own. */
  readonly checker: string;
  readonly publish: (push: LoadPush) => void;
}

/** The workloads of all clusters: one at a time for each, the last one kept until the next. */
export class Loads {
  readonly #options: LoadsOptions;
  readonly #runs = new Map<string, LoadRun>();

  constructor(options: LoadsOptions) {
    this.#options = options;
  }

  /** What a new listener gets first. */
  present(clusterId: string): LoadPush {
    return { clusterId, load: this.#runs.get(clusterId)?.view() ?? null };
  }

  start(cluster: ManagedCluster, request: LoadRequest): Result<null> {
    const { name, saved } = cluster;
    if (this.#underWay(cluster.id)) {
      return failure('E_STATE', `A load runs in ${name} already. Stop it first, or wait for it.`);
    }
    if (saved.machine !== LOAD_MACHINE) {
      return failure(
        'E_STATE',
        `The load is made of GET and SET, and ${name} runs the machine ${saved.machine}. Nothing was sent. Create a cluster with the machine ${LOAD_MACHINE}.`,
      );
    }
    if (!cluster.members().some(({ connected }) => connected)) {
      return failure('E_UNREACHABLE', `No node of ${name} answers, so nothing was sent.`);
    }
    const run = this.#runOf(cluster, request);
    this.#runs.set(cluster.id, run);
    run.start();
    return DONE;
  }

  stop(cluster: ManagedCluster): Result<null> {
    const run = this.#runs.get(cluster.id);
    if (run === undefined || run.state !== 'running') {
      return failure('E_STATE', `No load runs in ${cluster.name}.`);
    }
    run.stop('it was stopped');
    return DONE;
  }

  /** Writes the history of the last run into the cluster's folder. */
  async save(cluster: ManagedCluster): Promise<Result<SavedHistory>> {
    const run = this.#runs.get(cluster.id);
    if (run === undefined) {
      return failure('E_STATE', `No load has run in ${cluster.name} since this app was started.`);
    }
    if (run.state === 'running') {
      return failure('E_STATE', 'The load still runs. Its history can be saved when it has ended.');
    }
    const folder = join(cluster.saved.directory, 'loads');
    const path = join(folder, `${run.runId}.jsonl`);
    try {
      await mkdir(folder, { recursive: true });
      const bytes = await writeLines(path, run.history.operations);
      return { ok: true, value: { path, operations: run.history.operations.length, bytes } };
    } catch (error) {
      return failure('E_IO', `The history could not be written to ${path}: ${causeOf(error)}.`);
    }
  }

  /** Ends the load of a cluster that is about to go. */
  async forget(clusterId: string): Promise<void> {
    await this.#runs.get(clusterId)?.abandon();
    this.#runs.delete(clusterId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((clusterId) => this.forget(clusterId)));
  }

  #underWay(clusterId: string): boolean {
    const state = this.#runs.get(clusterId)?.state;
    return state === 'running' || state === 'checking';
  }

  #runOf(cluster: ManagedCluster, request: LoadRequest): LoadRun {
    const { dial, checker, publish } = this.#options;
    let last: LoadView['state'] | null = null;
    return new LoadRun({
      clusterId: cluster.id,
      runId: randomBytes(4).toString('hex'),
      request,
      world: {
        dial,
        targets: () => cluster.members().filter(({ connected }) => connected),
        isMember: (address) =>
          cluster
            .members()
            .some((node) => [node.address, node.status?.clientAddress].includes(address)),
        chance: Math.random,
      },
      check: (operations, startedAtMs, signal) =>
        checkInThread(operations, { checker, startedAtMs, signal }),
      onView: (view) => {
        if (view.state !== last) noteChange(cluster, view);
        last = view.state;
        publish({ clusterId: cluster.id, load: view });
      },
    });
  }
}

/** Puts the beginning and the end of a run, and its verdict, among the cluster's events. */
function noteChange(cluster: ManagedCluster, view: LoadView): void {
  const nodeId = cluster.leader()?.id ?? cluster.nodes()[0]?.id ?? '';
  const { events } = cluster.recording;
  for (const { type, fields, timeMs } of loadEvents(view, Date.now())) {
    events.note(nodeId, type, fields, timeMs);
  }
}

async function writeLines(path: string, operations: readonly Operation[]): Promise<number> {
  const file = await open(path, 'w');
  let bytes = 0;
  try {
    for (let at = 0; at < operations.length; at += LINES_AT_ONCE) {
      const lines = operations.slice(at, at + LINES_AT_ONCE).map(historyLine);
      bytes += (await file.write(`${lines.join('\n')}\n`)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  return bytes;
}
