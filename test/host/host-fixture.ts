import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Result } from '../../main/contract/errors.ts';
import type { ClusterView, EventView, NodeView } from '../../main/contract/model.ts';
import { DetachedSpawner } from '../../main/host/detached-spawner.ts';
import { Host } from '../../main/host/host.ts';
import { dialResp } from '../../main/host/resp-dial.ts';
import type { NodeSpawner } from '../../main/host/spawner.ts';
import { testPorts } from './test-port.ts';

/** The built thread that checks histories. */
const CHECKER = join(import.meta.dirname, '..', '..', 'out', 'node', 'history-checker.js');

/**
 * A condition that is not met after this long never is: longer than the host itself waits for a step. A
 * bound on hanging, not on speed.
 */
export const PATIENCE_MS = 60_000;

/** A host with a home of its own, and the last that it pushed. */
export class HostFixture {
  readonly home: string;
  readonly lines: string[] = [];
  host: Host;
  readonly #spawner: NodeSpawner;
  #closed = false;

  private constructor(home: string, spawner: NodeSpawner, host: Host) {
    this.home = home;
    this.#spawner = spawner;
    this.host = host;
  }

  /** `command` starts `raftdeck`. */
  static async open(command: readonly string[]): Promise<HostFixture> {
    return HostFixture.with(new DetachedSpawner(command));
  }

  static async with(spawner: NodeSpawner): Promise<HostFixture> {
    const home = mkdtempSync(join(tmpdir(), 'raftdeck-host-'));
    const lines: string[] = [];
    const fixture = new HostFixture(home, spawner, await openHost(home, spawner, lines));
    fixture.lines.push(...lines);
    return fixture;
  }

  /** Tries to open a second host on a home; throws what it answers. */
  static async openOn(home: string): Promise<Host> {
    return openHost(home, new DetachedSpawner([process.execPath]), []);
  }

  /** Ends the host as a crash would, as far as its nodes can tell, and starts another. */
  async replaceHost(): Promise<void> {
    if (!this.#closed) await this.host.close({ nodes: 'keep' });
    this.#closed = false;
    this.lines.length = 0;
    this.host = await openHost(this.home, this.#spawner, this.lines);
  }

  /** Ends the host alone. */
  async closeHost(): Promise<void> {
    await this.host.close({ nodes: 'keep' });
    this.#closed = true;
  }

  /** Ends every node and removes the home. */
  async dispose(): Promise<void> {
    await this.host.close({ nodes: 'stop' });
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Creates a cluster on ports of the tests and waits until all voters are in. */
  async create(nodes: number, machine?: string): Promise<string> {
    const basePort = await testPorts(nodes + 2);
    const request = { nodes, basePort, ...(machine === undefined ? {} : { machine }) };
    const { clusterId } = valueOf(await this.host.createCluster(request));
    if (machine !== undefined) return clusterId;
    const { operation } = await this.until(clusterId, (view) => {
      return view.operation !== null && view.operation.state !== 'running';
    });
    if (operation?.state !== 'done') throw new Error(`not created: ${JSON.stringify(operation)}`);
    return clusterId;
  }

  view(clusterId: string): ClusterView {
    let seen: unknown;
    this.host.subscribe({ topic: 'cluster', clusterId }, (payload) => (seen = payload))();
    return seen as ClusterView;
  }

  node(clusterId: string, nodeId: string): NodeView {
    const found = this.view(clusterId).nodes.find((node) => node.id === nodeId);
    if (found === undefined) throw new Error(`no node ${nodeId}`);
    return found;
  }

  /** The process of a node that runs; never 0, which as a target of signals is the tests themselves. */
  pid(clusterId: string, nodeId: string): number {
    const { pid } = this.node(clusterId, nodeId);
    if (pid === null) throw new Error(`node ${nodeId} has no process`);
    return pid;
  }

  /** The first picture that meets the condition, now or as the host pushes; fails with the last one. */
  async until(clusterId: string, isMet: (view: ClusterView) => boolean): Promise<ClusterView> {
    let last = this.view(clusterId);
    let stop: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ClusterView>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`not met:\n${JSON.stringify(last, null, 1)}`));
        }, PATIENCE_MS);
        stop = this.host.subscribe({ topic: 'cluster', clusterId }, (payload) => {
          last = payload as ClusterView;
          if (isMet(last)) resolve(last);
        });
      });
    } finally {
      clearTimeout(timer);
      stop();
    }
  }

  /** Has a node take over; returns the picture in which it leads. */
  async handOver(clusterId: string, nodeId: string): Promise<ClusterView> {
    await untilDone(async () => {
      // One that was too late for the leader's patience may have taken over since.
      if (this.view(clusterId).health.leaderId === nodeId) return { ok: true, value: null };
      return this.host.transferLeadership({ clusterId, nodeId });
    });
    return this.until(clusterId, ({ health }) => health.leaderId === nodeId);
  }

  /** Waits until the truth line says exactly that. */
  async untilSays(clusterId: string, sentence: string): Promise<ClusterView> {
    return this.until(clusterId, ({ health }) => health.sentence === sentence);
  }

  /** Every event that the host keeps of a cluster. */
  events(clusterId: string): readonly EventView[] {
    const events: EventView[] = [];
    const stop = this.host.subscribe({ topic: 'events', clusterId }, (payload) => {
      events.push(...(payload as { readonly events: readonly EventView[] }).events);
    });
    stop();
    return events;
  }
}

async function openHost(home: string, spawner: NodeSpawner, lines: string[]): Promise<Host> {
  const info = { version: '0.0.0', mode: 'web', modeReason: null } as const;
  const log = (line: string): void => void lines.push(line);
  return valueOf(await Host.open({ home, spawner, dial: dialResp, checker: CHECKER, info, log }));
}

/**
 * Asks until it is done, again as long as nothing was: a successor that a busy machine keeps waiting does
 * not take over in time, and TRYAGAIN says so.
 */
export async function untilDone(ask: () => Promise<Result<null>>): Promise<void> {
  for (const giveUpAtMs = Date.now() + PATIENCE_MS; ;) {
    const result = await ask();
    const isTooEarly = !result.ok && result.error.message.startsWith('TRYAGAIN ');
    if (!isTooEarly || Date.now() > giveUpAtMs) return void valueOf(result);
  }
}

/** The value of a result that must be one. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
