import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

import { nodeCredentials } from '../../../node-engine/node/auth/users.ts';
import { localSecret, readSecretFile } from '../../../node-engine/node/secret-file.ts';
import { respDial } from '../../host/resp-dial.ts';
import type { RespDial } from '../../host/resp-port.ts';
import { listenForEnd } from '../end-signals.ts';
import { EXIT_DONE, EXIT_FAILED, type Program } from '../program.ts';
import { backendName } from '../node/node-choices.ts';
import { certificateFiles } from '../tls/cluster-certificates.ts';
import { nodeArguments, type PlannedNode } from './cluster-plan.ts';
import { ClusterReadiness, type ReadyCluster } from './cluster-readiness.ts';
import { NodeChild } from './node-child.ts';
import { readyLine, readyText } from './ready-text.ts';
import type { SavedPlan } from './saved-plan.ts';

/** A cluster that does not answer by then is stopped, and why is said. */
const READY_LIMIT_MS = 60_000;
/** A node that does not end by then after it was asked is killed. */
const STOP_LIMIT_MS = 15_000;

/**
 * A node that has just been started still ends by the signal itself, ours or the terminal's: it
 * has opened nothing yet.
 */
const ENDED_WHEN_ASKED: ReadonlySet<string> = new Set([
  'exit code 0',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
]);

/** What `up` runs. */
export interface SupervisedCluster {
  readonly nodes: readonly PlannedNode[];
  readonly plan: SavedPlan;
  /** Where the certificates are; null without TLS. */
  readonly tlsDirectory: string | null;
  readonly home: string;
  readonly json: boolean;
  readonly program: Program;
  readonly startedMs: number;
  /** Called once, when all members have their votes. */
  readonly onFormed: () => void;
}

/** Starts the nodes, says when they are a cluster, and stays until all have ended or a signal comes. */
export async function superviseCluster(cluster: SupervisedCluster): Promise<number> {
  return new Supervision(cluster).run();
}

class Supervision {
  readonly #cluster: SupervisedCluster;
  readonly #children: NodeChild[] = [];
  #readiness: ClusterReadiness | null = null;
  #stopping = false;
  #isReady = false;
  #failed = false;
  #stopRequested: () => void = () => undefined;

  constructor(cluster: SupervisedCluster) {
    this.#cluster = cluster;
  }

  async run(): Promise<number> {
    const stopRequested = new Promise<void>((resolve) => {
      this.#stopRequested = resolve;
    });
    const signals = listenForEnd(() => {
      for (const child of this.#children) child.signal('SIGKILL');
    });
    void signals.first.then(() => this.#requestStop());
    try {
      await this.#startAll();
      const allEnded = Promise.all(this.#children.map((child) => child.ended));
      this.#watchForReady();
      await Promise.race([allEnded, stopRequested]);
      if (!this.#stopping) {
        this.#say('no node lives any more');
        this.#failed = true;
      }
      await this.#stopAll();
    } finally {
      this.#readiness?.close();
      signals.release();
    }
    return this.#failed ? EXIT_FAILED : EXIT_DONE;
  }

  async #startAll(): Promise<void> {
    const { nodes, plan, tlsDirectory, home, program } = this.#cluster;
    const { members, flags } = plan;
    const options = { members, isNew: this.#isNew(), flags, tlsDirectory, home };
    try {
      for (const node of nodes) {
        const command = [process.execPath, '--enable-source-maps', program.path];
        const child = await NodeChild.start(
          node,
          [...command, ...nodeArguments(node, options)],
          (text) => this.#onLine(node, text),
        );
        this.#children.push(child);
        void child.ended.then((ending) => this.#onEnded(child, ending));
      }
    } catch (error) {
      await this.#stopAll();
      throw error;
    }
  }

  /** Where clients need a password, `up` comes in as one of the nodes: it has their secret. */
  #dial(): RespDial {
    const { plan, home, program } = this.#cluster;
    const authority = this.#authority();
    const tls = authority === null ? null : { ca: readFileSync(authority) };
    const hasUsers = plan.flags.has('auth-file') || plan.flags.has('users-file');
    if (!hasUsers && (program.env['RAFTDECK_AUTH'] ?? '') === '') return respDial(null, tls);
    const secretFile = plan.flags.get('secret-file');
    const secret = secretFile === undefined ? localSecret(home) : readSecretFile(secretFile);
    return respDial(nodeCredentials(secret), tls);
  }

  /** The certificate by which clients know the nodes; null without TLS. */
  #authority(): string | null {
    const { tlsDirectory } = this.#cluster;
    return tlsDirectory === null ? null : certificateFiles(tlsDirectory, '').authority;
  }

  #watchForReady(): void {
    const { nodes, startedMs } = this.#cluster;
    const readiness = new ClusterReadiness(nodes, this.#isNew(), this.#dial());
    this.#readiness = readiness;
    for (const child of this.#children) if (child.ending !== null) readiness.forget(child.node.id);
    const limit = setTimeout(() => {
      this.#say(`not ready after ${READY_LIMIT_MS / 1000} s: ${readiness.missing()}`);
      this.#failed = true;
      this.#requestStop();
    }, READY_LIMIT_MS);
    limit.unref();
    void readiness.ready.then((ready) => {
      clearTimeout(limit);
      readiness.close();
      this.#onReady(ready, performance.now() - startedMs);
    });
  }

  #onReady(ready: ReadyCluster, elapsedMs: number): void {
    if (this.#stopping) return;
    const { nodes, json, program, plan } = this.#cluster;
    this.#isReady = true;
    if (!plan.formed) this.#cluster.onFormed();
    const pids = new Map(
      this.#children.map((child) => [child.node.id, child.ending === null ? child.pid : null]),
    );
    const report = { ready, nodes, pids, authority: this.#authority(), elapsedMs };
    program.print(json ? readyLine(report) : readyText(report));
  }

  /** What a node logs at warning or above is for the eyes of whoever runs the cluster. */
  #onLine(node: PlannedNode, text: string): void {
    const isGrave = /^\d+:[A-Z] [^#]*# /.test(text) || text.includes('"level":"warning"');
    if (isGrave) this.#cluster.program.warn(`node ${node.id} | ${text}\n`);
  }

  #onEnded(child: NodeChild, ending: string): void {
    if (this.#stopping) return;
    const { node, pid } = child;
    const goesOn = this.#isReady || !this.#isNew();
    const consequence = goesOn
      ? 'It stays dead until raftdeck up is started anew; the others go on.'
      : 'A new cluster comes up whole or not at all: the others are stopped.';
    this.#say(`node ${node.id} (PID ${pid}) ended: ${ending}. ${consequence}`);
    this.#readiness?.forget(node.id);
    if (goesOn) return;
    for (const line of child.lastLines) this.#cluster.program.warn(`node ${node.id} | ${line}\n`);
    this.#failed = true;
    this.#requestStop();
  }

  #requestStop(): void {
    this.#stopping = true;
    this.#stopRequested();
  }

  async #stopAll(): Promise<void> {
    this.#stopping = true;
    const living = this.#children.filter((child) => child.ending === null);
    if (living.length === 0) return;
    for (const child of living) child.signal('SIGTERM');
    const limit = setTimeout(() => {
      for (const child of living) child.signal('SIGKILL');
    }, STOP_LIMIT_MS);
    for (const ending of await Promise.all(living.map((child) => child.ended))) {
      if (!ENDED_WHEN_ASKED.has(ending)) this.#failed = true;
    }
    clearTimeout(limit);
    for (const child of living) {
      if (ENDED_WHEN_ASKED.has(child.ending ?? '')) continue;
      this.#say(
        `node ${child.node.id} (PID ${child.pid}) did not end cleanly: ${child.ending ?? ''}`,
      );
    }
  }

  /** Whether the nodes have to form a cluster first; those in memory have to each time. */
  #isNew(): boolean {
    const { formed, flags } = this.#cluster.plan;
    return !formed || backendName(flags.get('backend') ?? '') === 'memory';
  }

  #say(text: string): void {
    this.#cluster.program.warn(`raftdeck up: ${text}\n`);
  }
}
