import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

import type { FaultRequest } from '../../main/contract/fault.ts';
import type { ClusterView } from '../../main/contract/model.ts';
import { RareEvents } from '../../main/contract/rare-events.ts';
import { type Diagnosis, diagnose } from '../../renderer/features/why/diagnose.ts';
import type { Evidence } from '../../renderer/features/why/evidence.ts';
import type { RuleId, Verdict } from '../../renderer/features/why/verdict.ts';
import { HostFixture, valueOf } from '../host/host-fixture.ts';
import { Dice } from '../renderer/features/why/scene.ts';
import { ROOT } from '../tidy/source-files.ts';

const COMMAND = [process.execPath, join(ROOT, 'test', 'diagnosis', 'node-with-flags.mjs')];
const LEASE_MS = 60_000;
/** Elections that must not succeed take a while to have failed often enough. */
const PATIENCE_MS = 25_000;

/** A cluster of real nodes that something is done to, and what a diagnosis says of it. */
export class Patient {
  readonly dice: Dice;
  /** What all of its choices come from. */
  readonly seed: number;
  readonly #fixture: HostFixture;
  readonly clusterId: string;
  readonly #flags: Record<string, readonly string[]> = {};
  readonly #strangers: (() => Promise<void>)[] = [];
  /** What is done again and again until it is left off. */
  #habit: { isLeftOff: boolean; readonly ended: Promise<void> } | null = null;

  private constructor(fixture: HostFixture, clusterId: string, seed: number) {
    this.#fixture = fixture;
    this.clusterId = clusterId;
    this.seed = seed;
    this.dice = new Dice(seed);
  }

  static async admit(seed: number, nodes = 3): Promise<Patient> {
    const fixture = await HostFixture.open(COMMAND);
    try {
      const clusterId = await fixture.create(nodes);
      const patient = new Patient(fixture, clusterId, seed);
      await patient.healthy();
      await patient.#beSomebody();
      return patient;
    } catch (error) {
      // Nobody else knows of it yet, and its nodes live on without it.
      await fixture.dispose();
      throw error;
    }
  }

  /** Any node may lead, and any number of writes have been done. */
  async #beSomebody(): Promise<void> {
    const [wanted = ''] = this.drawn();
    const { leaderId } = this.view().health;
    for (let at = this.dice.between(0, 9); at > 0; at -= 1) await this.send(null, 'SET', 'k', 'v');
    if (leaderId === null || leaderId === wanted) return;
    await this.#fixture.handOver(this.clusterId, wanted);
    await this.until(({ health }) => health.level === 'healthy' && health.leaderId === wanted);
  }

  get host(): HostFixture['host'] {
    return this.#fixture.host;
  }

  /** The ids of the nodes, in an order that the seed chose. */
  drawn(): readonly string[] {
    return this.dice.shuffled(this.view().nodes.map(({ id }) => id));
  }

  view(): ClusterView {
    return this.#fixture.view(this.clusterId);
  }

  ref(nodeId: string): { readonly clusterId: string; readonly nodeId: string } {
    return { clusterId: this.clusterId, nodeId };
  }

  until(isMet: (view: ClusterView) => boolean): Promise<ClusterView> {
    return this.#fixture.until(this.clusterId, isMet);
  }

  async healthy(): Promise<void> {
    await this.until(({ health }) => health.level === 'healthy');
  }

  evidence(): Evidence {
    const rare = new RareEvents();
    const marks = this.#fixture
      .events(this.clusterId)
      .filter((event) => rare.isRare(event))
      .sort((left, right) => left.timeMs - right.timeMs);
    return { view: this.view(), marks, nowMs: Date.now() };
  }

  diagnosis(): Diagnosis | null {
    return diagnose(this.evidence());
  }

  /** Waits for the first verdict, which must be of that cause, and returns it. */
  async untilExplained(rule: RuleId, question: Diagnosis['question']): Promise<Verdict> {
    const untilMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.diagnosis();
      const verdict = found?.verdict ?? null;
      if (verdict?.rule === rule && found?.question === question) return verdict;
      // The same cause may be why not everybody follows before it is why nobody leads.
      const isOther = verdict !== null && verdict.rule !== rule;
      if (isOther || Date.now() > untilMs) {
        const about = `${this.view().health.sentence}\n${JSON.stringify(found, null, 1)}`;
        expect.fail(`${isOther ? 'wrong, ' : ''}not ${rule}: ${about}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A write whose answer is not waited for. */
  tryWrite(): void {
    const command = { clusterId: this.clusterId, nodeId: null, followRedirects: true };
    void this.host.sendCommand({ ...command, args: ['SET', 'k', 'v'] });
  }

  /** Does it again and again, in the background. */
  keepDoing(action: () => Promise<unknown>): void {
    const keep = async (): Promise<void> => {
      while (this.#habit?.isLeftOff !== true) await action();
    };
    // The first time must find the habit there.
    this.#habit = { isLeftOff: false, ended: Promise.resolve().then(keep) };
  }

  async leaveOff(): Promise<void> {
    const habit = this.#habit;
    if (habit === null) return;
    habit.isLeftOff = true;
    await habit.ended;
    this.#habit = null;
  }

  /** One of the things that users do to a cluster that is well. */
  async ordinaryDay(): Promise<void> {
    const { leaderId } = this.view().health;
    const [one = ''] = this.drawn();
    switch (this.dice.between(0, 20)) {
      case 0:
        await this.send(one, 'RAFTSNAPSHOT');
        return;
      case 1:
        await this.send(one, 'RAFTSHRINKLOG');
        return;
      case 2:
        if (one !== leaderId && leaderId !== null)
          await this.send(leaderId, 'RAFT', 'SERVER', 'TRANSFER', one);
        return;
      default:
        for (let at = this.dice.between(1, 20); at > 0; at -= 1) {
          await this.send(null, 'SET', `k${String(at)}`, String(this.dice.between(0, 9_999)));
        }
    }
  }

  async send(nodeId: string | null, ...args: readonly string[]): Promise<void> {
    const command = { clusterId: this.clusterId, nodeId, args, followRedirects: nodeId === null };
    valueOf(await this.host.sendCommand(command));
  }

  async fault(nodeId: string, fault: FaultRequest): Promise<void> {
    valueOf(await this.host.setFault({ ...this.ref(nodeId), fault, leaseMs: LEASE_MS }));
  }

  async heal(): Promise<void> {
    const all = { clusterId: this.clusterId, nodeId: null, faultId: null };
    valueOf(await this.host.healFaults(all));
  }

  async stop(nodeId: string): Promise<void> {
    valueOf(await this.host.stopNode(this.ref(nodeId)));
  }

  /** Starts it, with these flags from now on. */
  async start(nodeId: string, flags: readonly string[] = []): Promise<void> {
    // A process reads them when it is up: what another one was given must still be there then.
    this.#flags[nodeId] = flags;
    // Whole or not at all: another one may be reading it.
    const file = join(this.#fixture.home, 'flags.json');
    writeFileSync(`${file}.new`, JSON.stringify(this.#flags));
    renameSync(`${file}.new`, file);
    valueOf(await this.host.startNode(this.ref(nodeId)));
  }

  /** A secret of its own, in a file that only its owner may read. */
  secretFile(name: string): string {
    const path = join(this.#fixture.home, `${name}.secret`);
    const secret = Array.from({ length: 32 }, () => this.dice.between(0, 9)).join('');
    writeFileSync(path, secret, { mode: 0o600 });
    return path;
  }

  /** Takes a stopped node's data away, as a disk that was exchanged would. */
  loseData(nodeId: string): void {
    const { directory } = this.view().nodes.find(({ id }) => id === nodeId) ?? {};
    if (directory === undefined) throw new Error(`no node ${nodeId}`);
    rmSync(directory, { recursive: true });
    mkdirSync(directory, { mode: 0o700 });
  }

  /** A node that this host does not know joins the cluster; returns how to make an end of it. */
  async stranger(id: string, port: number): Promise<() => Promise<void>> {
    const { clientAddress = '' } = this.view().nodes[0] ?? {};
    const directory = join(this.#fixture.home, `stranger-${id}`);
    const home = ['--home', this.#fixture.home];
    const flags = [
      '-n',
      id,
      '-a',
      `127.0.0.1:${String(port)}`,
      '-d',
      directory,
      '-j',
      clientAddress,
    ];
    const [program = '', script = ''] = COMMAND;
    const child = spawn(program, [script, 'node', ...flags, ...home], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const end = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    this.#strangers.push(end);
    await this.until(({ nodes }) => {
      const members = nodes[0]?.status?.members ?? [];
      return members.some((member) => member.id === id && member.voter);
    });
    return end;
  }

  async discharge(): Promise<void> {
    await this.leaveOff();
    for (const end of this.#strangers) await end();
    await this.#fixture.dispose();
  }
}
