import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Operation } from '../../node-engine/check/operation.ts';
import { ROOT } from '../tidy/source-files.ts';
import { ClientProcess, type ClientWorld } from './client-process.ts';
import type { Fault, FaultKind, Scene } from './fault.ts';
import { CounterWorkload, RegisterWorkload } from './kv-workloads.ts';
import { NemesisCluster, type CommonState } from './nemesis-cluster.ts';
import type { Recorder } from './recorder.ts';
import { SeededRandom } from './seeded-random.ts';
import {
  AppendWorkload,
  BankWorkload,
  CasWorkload,
  SetWorkload,
  UniqueIdsWorkload,
} from './suite-workloads.ts';
import type { Workload } from './workload.ts';

/** One cluster with its load and its faults. */
export interface RunPlan {
  readonly number: number;
  readonly machine: 'kv' | 'suite';
  readonly faults: readonly FaultKind[];
  readonly seconds: number;
  readonly nodes: number;
  readonly clients: number;
  readonly seed: number;
  /** Weaker than `high` answers old values: a suite that does not notice is worth nothing. */
  readonly consistency: 'high' | 'low';
  /** The log store of all nodes; null = the default. */
  readonly backend: string | null;
}

/** What a run shows. */
export interface RunResult {
  readonly number: number;
  readonly machine: string;
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly operations: { readonly ok: number; readonly fail: number; readonly info: number };
  /** Reads answered on READONLY connections, by whichever node they were to. */
  readonly anywhereReads: number;
  readonly strikes: Readonly<Record<string, number>>;
  readonly kills: number;
  /** From each kill of a leader alone to the next write that was sent after it and acknowledged. */
  readonly failoverMs: readonly number[];
  /** From the end of the faults until all nodes had the same state. */
  readonly convergedMs: number;
  /** Everything that must not be; empty in a good run. */
  readonly anomalies: readonly string[];
  readonly undecided: readonly string[];
}

const WHOLE_LIMIT_MS = 60_000;
const FINAL_READERS = 6;
const RESTARTS_MAX = 3;
/** A strike may by chance hit nothing; this many in a row do not. */
const STRIKES_TO_SEE = 4;
const REST_MS = 150;
const SUITE_MACHINE = join(ROOT, 'test', 'nemesis', 'suite-machine.mjs');
/** Snapshots and trimming happen all the time, so that faults hit them too. */
const FLAGS = ['--snapshot-entries', '400', '--trailing-entries', '200', '--faults'];

/** Runs one plan from an empty folder to the verdict. */
export class NemesisRun {
  readonly #plan: RunPlan;
  readonly #recorder: Recorder;
  readonly #random: SeededRandom;
  readonly #faults: { readonly name: string; readonly fault: Fault }[] = [];
  readonly #strikes: Record<string, number> = {};
  /** Faults whose effect was seen at least once. */
  readonly #seen = new Set<string>();
  readonly #anomalies: string[] = [];
  readonly #workloads: readonly Workload[];
  readonly #world: ClientWorld;
  #convergedMs = 0;

  /** @param nextProcess number of the first client; processes are numbered through all runs */
  constructor(plan: RunPlan, recorder: Recorder, nextProcess: number) {
    this.#plan = plan;
    this.#recorder = recorder;
    this.#random = new SeededRandom(plan.seed);
    this.#workloads = workloadsOf(plan);
    const anywhere = { reads: 0 };
    this.#world = { recorder, addresses: () => [], surprises: [], anywhere, nextProcess };
  }

  get nextProcess(): number {
    return this.#world.nextProcess;
  }

  /** The result and the history, which is taken from the recorder. */
  async run(folder: string): Promise<{
    readonly result: RunResult;
    readonly history: readonly Operation[];
  }> {
    const startMs = performance.now();
    let cluster: NemesisCluster | null = null;
    try {
      cluster = await this.#start(folder);
      const scene: Scene = {
        ...{ cluster, random: this.#random.fork(), recorder: this.#recorder },
        ...{ leaderKills: [], broken: this.#anomalies, kills: 0 },
      };
      try {
        await this.#underLoad(scene);
        await this.#finalPhase(cluster);
      } catch (error) {
        // A cluster that does not come back is a finding like any other; what clients saw counts still.
        this.#anomalies.push(`the run broke off: ${String(error)}`, ...cluster.surprises);
      }
      const history = this.#recorder.take();
      return { history, result: this.#judge(scene, history, (performance.now() - startMs) / 1000) };
    } finally {
      await cluster?.dispose();
      for (const fault of new Set(this.#faults.map((one) => one.fault))) await fault.dispose?.();
    }
  }

  async #start(folder: string): Promise<NemesisCluster> {
    const { plan, faults } = { plan: this.#plan, faults: this.#faults };
    const made = new Map<FaultKind, Fault>();
    for (const kind of plan.faults) {
      const own = join(folder, kind.name);
      mkdirSync(own, { recursive: true });
      // A kind that is named twice strikes twice as often; it is one fault all the same.
      const fault = made.get(kind) ?? (await kind.create(own));
      made.set(kind, fault);
      faults.push({ name: kind.name, fault });
      this.#strikes[kind.name] = 0;
    }
    return NemesisCluster.start({
      folder,
      machine: plan.machine === 'kv' ? 'kv' : SUITE_MACHINE,
      nodes: plan.nodes,
      seed: plan.seed,
      flags: [
        ...[...FLAGS, '--consistency', plan.consistency],
        ...(plan.backend === null ? [] : ['--backend', plan.backend]),
      ],
      surroundings: async (_, directory) => {
        let around = { directory, preload: [], env: {} } as Parameters<
          NonNullable<Fault['surround']>
        >[0];
        for (const fault of made.values()) around = (await fault.surround?.(around)) ?? around;
        return around;
      },
    });
  }

  /** Clients call and faults strike, until the time is over. */
  async #underLoad(scene: Scene): Promise<void> {
    const { cluster } = scene;
    const world = { ...this.#world, addresses: () => cluster.addresses };
    let isOver = false;
    const clients = Array.from({ length: this.#plan.clients }, () => {
      const client = new ClientProcess(world, this.#random.fork());
      return client.run(this.#workloads, () => isOver);
    });
    const endMs = performance.now() + this.#plan.seconds * 1000;
    try {
      // Each at least once, however slow the machine is.
      for (let turn = 0; performance.now() < endMs || turn < this.#faults.length; turn += 1) {
        const next = this.#faults[turn % this.#faults.length];
        if (next === undefined) await wait(REST_MS);
        else {
          const wasSeen = await next.fault.strike(scene);
          this.#strikes[next.name] = (this.#strikes[next.name] ?? 0) + 1;
          if (wasSeen) this.#seen.add(next.name);
        }
        await cluster.untilWhole(WHOLE_LIMIT_MS);
        await wait(REST_MS);
      }
    } finally {
      isOver = true;
      await Promise.all(clients);
      this.#world.nextProcess = world.nextProcess;
    }
  }

  /** Equal states, every value read; everything killed and started again, and both once more. */
  async #finalPhase(cluster: NemesisCluster): Promise<void> {
    const startMs = performance.now();
    cluster.links.healAll('lost');
    await cluster.untilWhole(WHOLE_LIMIT_MS);
    const before = await cluster.untilEqual(WHOLE_LIMIT_MS);
    this.#convergedMs = performance.now() - startMs;
    await this.#readEverything(cluster);
    await this.#restartAll(cluster, before, RESTARTS_MAX);
    await this.#readEverything(cluster);
    await Promise.all(cluster.ids.map((id) => cluster.stop(id)));
    for (const { id, problem } of await cluster.verifyOffline()) {
      // A snapshot that the disk has lost is seen and never used; that it lies there is no fault.
      const isLostByDisk = problem.startsWith('snapshot ') && this.#losesData();
      if (!isLostByDisk) this.#anomalies.push(`node ${id}, stopped: ${problem}`);
    }
    this.#anomalies.push(...cluster.surprises);
  }

  /** Whether the disks of this run forget what they said was safe. */
  #losesData(): boolean {
    return this.#plan.faults.some(({ name }) => name === 'disk-error');
  }

  /** Kills and starts all nodes: nothing but a command may change the state they have in common. */
  async #restartAll(cluster: NemesisCluster, before: CommonState, tries: number): Promise<void> {
    await Promise.all(cluster.ids.map((id) => cluster.kill(id)));
    await cluster.untilWhole(WHOLE_LIMIT_MS);
    const after = await cluster.untilEqual(WHOLE_LIMIT_MS);
    if (before.hash === after.hash) return;
    const more = await cluster.logFrom(before.index + 1);
    // A write whose client has given up may have waited in a socket and come late; then once more.
    if (more.includes('"kind","command"') && tries > 1) {
      await this.#restartAll(cluster, after, tries - 1);
      return;
    }
    this.#anomalies.push(
      `the state was ${before.hash} at entry ${before.index}, and ${after.hash} at entry ` +
        `${after.index} after all nodes were restarted; the log between: ${more}`,
    );
  }

  async #readEverything(cluster: NemesisCluster): Promise<void> {
    const calls = this.#workloads.flatMap((workload) => workload.finalReads());
    const world = { ...this.#world, addresses: () => cluster.addresses };
    const readers = Array.from({ length: FINAL_READERS }, async () => {
      const client = new ClientProcess(world, this.#random.fork());
      for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
        let type = await client.perform(call);
        for (let retries = 0; type !== 'ok' && retries < 20; retries += 1) {
          await wait(REST_MS);
          type = await client.perform(call);
        }
        if (type !== 'ok') this.#anomalies.push(`${call.command.join(' ')} could not be read`);
      }
      client.close();
    });
    await Promise.all(readers);
    this.#world.nextProcess = world.nextProcess;
  }

  #judge(scene: Scene, history: readonly Operation[], seconds: number): RunResult {
    const undecided: string[] = [];
    for (const workload of this.#workloads) {
      const own = history.filter(({ key }) => key.startsWith(`${workload.name}:`));
      const judgement = workload.judge(own);
      this.#anomalies.push(...judgement.anomalies.map((text) => `${workload.name}: ${text}`));
      undecided.push(...judgement.undecided.map((text) => `${workload.name}: ${text}`));
    }
    this.#anomalies.push(...this.#world.surprises.map((text) => `an undocumented error: ${text}`));
    const count = (type: Operation['type']): number =>
      history.filter((operation) => operation.type === type).length;
    if (this.#world.anywhere.reads === 0) this.#anomalies.push('no node was asked with READONLY');
    for (const [name, count] of Object.entries(this.#strikes)) {
      if (count >= STRIKES_TO_SEE && !this.#seen.has(name)) {
        this.#anomalies.push(`${name} struck ${count} times and no effect of it was ever seen`);
      }
    }
    const { number, machine, faults } = this.#plan;
    return {
      ...{ number, machine, faults: [...new Set(faults.map(({ name }) => name))], seconds },
      operations: { ok: count('ok'), fail: count('fail'), info: count('info') },
      anywhereReads: this.#world.anywhere.reads,
      ...{ strikes: this.#strikes, kills: scene.kills },
      failoverMs: failoversIn(history, scene.leaderKills),
      ...{ convergedMs: this.#convergedMs, anomalies: this.#anomalies, undecided },
    };
  }
}

function workloadsOf({ machine, number }: RunPlan): readonly Workload[] {
  if (machine === 'kv') return [new RegisterWorkload(number), new CounterWorkload(number)];
  return [
    new AppendWorkload(number),
    new SetWorkload(number),
    new CasWorkload(number),
    new UniqueIdsWorkload(),
    new BankWorkload(number),
  ];
}

function failoversIn(history: readonly Operation[], kills: readonly number[]): readonly number[] {
  const writes = history.filter(({ type, f }) => type === 'ok' && f !== 'read');
  return kills.flatMap((killedNs) => {
    let first = Infinity;
    for (const { invokeNs, completeNs } of writes) {
      if (invokeNs > killedNs && completeNs < first) first = completeNs;
    }
    return first === Infinity ? [] : [(first - killedNs) / 1e6];
  });
}
