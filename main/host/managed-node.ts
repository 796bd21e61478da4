import type { NodeStatus } from '../../node-engine/node/status.ts';
import type { Result } from '../contract/errors.ts';
import type { NodeStatusView, NodeView, OutputLine, ProcessState } from '../contract/model.ts';
import { DONE, failure } from './failure.ts';
import { isPortFree, takenPorts } from './free-ports.ts';
import type { LaunchRole } from './node-launch.ts';
import { NodeLink } from './node-link.ts';
import { findNodeOnPort, type FoundProcess } from './node-on-port.ts';
import { toNodeStatusView } from './node-status-view.ts';
import type { NodeSurroundings } from './node-surroundings.ts';
import { endsWithin, exitReason, lastWordsAfter } from './process-exit.ts';
import { Ring } from './ring.ts';
import type { SavedNode } from './saved-cluster.ts';
import type { NodeProcess, ProcessExit } from './spawner.ts';

/** Lines of output kept per node. */
const OUTPUT_LINES_MAX = 2_000;
/** A node gets so long to end after SIGTERM before the caller is told that it has not. */
const STOP_TIMEOUT_MS = 15_000;

type Phase = 'stopped' | 'starting' | 'running' | 'stopping' | 'crashed';

/** One node of a cluster: its process, the link to its port, and what it last said. */
export class ManagedNode {
  readonly #surroundings: NodeSurroundings;
  readonly #link: NodeLink;
  readonly #output = new Ring<OutputLine>(OUTPUT_LINES_MAX);
  #saved: SavedNode;
  #phase: Phase = 'stopped';
  #process: NodeProcess | null = null;
  /** Settles when no start is under way. */
  #starting: Promise<unknown> = Promise.resolve();
  #exitReason: string | null = null;
  #exitedAtMs: number | null = null;
  #linkError: string | null = null;
  #connected = false;
  #heardAtMs: number | null = null;
  #status: NodeStatus | null = null;
  #statusView: NodeStatusView | null = null;
  /** What the user asked of this process: its end is then no crash. */
  #asked: 'stop' | 'kill' | null = null;
  #freezeAsked = false;
  /** When the host ends its being frozen or killed, Unix ms. */
  #leaseEndsAtMs: number | null = null;
  /** The last words of this process on stderr. */
  #lastWords: string | null = null;

  constructor(saved: SavedNode, surroundings: NodeSurroundings) {
    this.#saved = saved;
    this.#surroundings = surroundings;
    this.#link = new NodeLink({
      address: this.address,
      nodeId: saved.id,
      directory: saved.directory,
      dial: surroundings.dial,
      events: {
        onStatus: (status, full) => this.#hear(status, full),
        onHistory: (history) => surroundings.events.history(this.id, this.#processKey(), history),
        onTraces: (traces) => surroundings.events.trace(this.id, this.#processKey(), traces),
        onState: (error) => this.#linkChanged(error),
      },
    });
  }

  get id(): string {
    return this.#saved.id;
  }

  get name(): string {
    return `node-${this.#saved.id}`;
  }

  get address(): string {
    return `127.0.0.1:${this.#saved.port}`;
  }

  get saved(): SavedNode {
    return this.#saved;
  }

  get status(): NodeStatus | null {
    return this.#status;
  }

  /** Whether its port answers. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether there is a process (or an embedded node) now. */
  get exists(): boolean {
    return this.#process !== null;
  }

  /** Starts it; resolves when its process exists. `connected` tells when it answers. */
  start(role: LaunchRole): Promise<Result<null>> {
    const started = this.#start(role);
    this.#starting = Promise.allSettled([this.#starting, started]);
    return started;
  }

  /** Waits until no start is under way: then it has a process, or will have none. */
  async startsEnded(): Promise<void> {
    await this.#starting;
  }

  async #start(role: LaunchRole): Promise<Result<null>> {
    if (!this.#surroundings.mayStart()) {
      return failure('E_STATE', `Its cluster is being stopped, so ${this.name} was not started.`);
    }
    if (this.#saved.removed) {
      return failure(
        'E_STATE',
        `${this.name} was removed from the cluster, so it was not started. Its data is in ${this.#saved.directory}. Add it back to the cluster first, or add a peer to get another node.`,
      );
    }
    if (this.#phase !== 'stopped' && this.#phase !== 'crashed') {
      return failure('E_STATE', `${this.name} is ${this.#processState()} already.`);
    }
    this.#leaseEndsAtMs = null;
    this.#freezeAsked = false;
    this.#setPhase('starting');
    const [taken] = await takenPorts([this.#saved.port]);
    if (taken !== undefined) {
      // Perhaps it is this very node, started by hand.
      if (await this.#findOnPort()) return DONE;
      this.#exitReason = `not started: ${taken}`;
      this.#setPhase('stopped');
      return failure(
        'E_PORT',
        `${taken} ${this.name} needs it and was not started. End that program and start ${this.name} again.`,
      );
    }
    const spawned = await this.#surroundings.spawner.spawn(this.#surroundings.launch(role));
    if (!spawned.ok) {
      this.#exitReason = spawned.error.message;
      this.#exitedAtMs = Date.now();
      this.#setPhase('crashed');
      return spawned;
    }
    this.#exitReason = null;
    this.#exitedAtMs = null;
    const { identity } = spawned.value;
    const startedAtMs = Date.now();
    this.#saved = {
      ...this.#saved,
      desired: 'running',
      process: identity === null ? null : { ...identity, startedAtMs },
    };
    this.#adopt(spawned.value);
    this.#surroundings.events.note(this.id, 'process-started', { pid: spawned.value.pid });
    await this.#surroundings.save();
    return DONE;
  }

  /** Takes up a process that was started earlier; false when there is none. */
  async attach(): Promise<boolean> {
    const { process: identity } = this.#saved;
    if (identity !== null && (await this.#takeUp(identity))) return true;
    if (!(await isPortFree(this.#saved.port)) && (await this.#findOnPort())) return true;
    if (identity === null) return false;
    this.#saved = { ...this.#saved, process: null };
    this.#exitReason = 'ended while no host was watching';
    this.#phase = this.#saved.desired === 'running' ? 'crashed' : 'stopped';
    await this.#surroundings.save();
    return false;
  }

  /** Asks it to end and waits until it has; one that is just starting too. */
  async stop(): Promise<Result<null>> {
    if (this.#process === null) await this.#starting;
    const running = this.#process;
    if (running === null) return this.#notRunning();
    const sent = running.stop();
    if (!sent.ok) return sent;
    this.#asked = 'stop';
    this.#setPhase('stopping');
    await this.#wish('stopped');
    if (await endsWithin(running, STOP_TIMEOUT_MS)) return DONE;
    return failure(
      'E_TIMEOUT',
      `${this.name} has not ended ${STOP_TIMEOUT_MS / 1000} s after it was asked to. It is still there. Kill it to end it at once; what it has acknowledged is on disk.`,
    );
  }

  /** Ends it at once and waits until the system says so; one that is just starting too. */
  async kill(): Promise<Result<null>> {
    // What exists is killed before this returns: a host that ends itself next counts on it.
    if (this.#process === null) await this.#starting;
    const running = this.#process;
    if (running === null) return this.#notRunning();
    const sent = running.kill();
    if (!sent.ok) return sent;
    this.#asked = 'kill';
    await this.#wish('stopped');
    await running.exited;
    return DONE;
  }

  /** Ends it, and kills it where it does not end by itself; one that is just starting too. */
  async end(): Promise<void> {
    await this.#starting;
    if (this.exists) await this.stop();
    if (this.exists) await this.kill();
  }

  freeze(): Result<null> {
    if (this.#process === null) return this.#notRunning();
    const frozen = this.#process.freeze();
    // The system is asked a moment later, and says so then.
    if (frozen.ok) this.#freezeAsked = true;
    return frozen;
  }

  /** Whether it is frozen or about to be, or was killed. */
  get isStruck(): boolean {
    if (this.#process === null) return this.#exitReason?.includes('SIGKILL') === true;
    return this.#freezeAsked || this.#processState() === 'frozen';
  }

  /** When its being frozen or killed ends by itself, Unix ms; null where it does not. */
  get leaseEndsAtMs(): number | null {
    return this.#leaseEndsAtMs;
  }

  setLease(endsAtMs: number | null): void {
    this.#leaseEndsAtMs = endsAtMs;
    this.#surroundings.changed('now');
  }

  resume(): Result<null> {
    this.#leaseEndsAtMs = null;
    this.#freezeAsked = false;
    return this.#process === null ? this.#notRunning() : this.#process.resume();
  }

  /** The cluster has committed its removal, as what it was, or is about to take it back in. */
  async markRemoved(removed: boolean, nonVoter = this.#saved.nonVoter): Promise<void> {
    this.#saved = { ...this.#saved, removed, nonVoter };
    this.#surroundings.changed('now');
    await this.#surroundings.save();
  }

  /** Lets go of the node without ending it. */
  release(): void {
    this.#link.close();
    this.#process?.release();
    this.#process = null;
  }

  /** The last lines that it printed, oldest first. */
  output(): readonly OutputLine[] {
    return this.#output.toArray();
  }

  view(): NodeView {
    return {
      id: this.id,
      name: this.name,
      clientAddress: this.#status?.clientAddress ?? this.address,
      directory: this.#saved.directory,
      startCommand: this.#surroundings.startCommand(),
      process: this.#processState(),
      pid: this.#process?.pid ?? null,
      startedAtMs: this.#process === null ? null : this.#startedAtMs(),
      exitReason: this.#exitReason,
      exitedAtMs: this.#exitedAtMs,
      connected: this.#connected,
      linkError: this.#linkError,
      heardAtMs: this.#heardAtMs,
      status: this.#statusView,
      removed: this.#saved.removed,
      ...(this.#leaseEndsAtMs === null ? {} : { leaseEndsAtMs: this.#leaseEndsAtMs }),
    };
  }

  async #findOnPort(): Promise<boolean> {
    const { dial } = this.#surroundings;
    const { directory } = this.#saved;
    const found = await findNodeOnPort(dial, { id: this.id, address: this.address, directory });
    return found !== null && this.#takeUp(found);
  }

  async #takeUp(identity: FoundProcess): Promise<boolean> {
    const launch = this.#surroundings.launch({ type: 'member' });
    const found = await this.#surroundings.spawner.attach(launch, identity);
    if (found === null) return false;
    const { pid, startTime, startedAtMs } = identity;
    this.#saved = { ...this.#saved, desired: 'running', process: { pid, startTime, startedAtMs } };
    this.#phase = 'starting';
    this.#adopt(found);
    this.#surroundings.events.note(this.id, 'process-found', { pid });
    await this.#surroundings.save();
    return true;
  }

  #adopt(found: NodeProcess): void {
    this.#process = found;
    this.#asked = null;
    this.#lastWords = null;
    found.onOutput((stream, text) => this.#print(stream, text));
    found.onRunState((state) => {
      const type = state === 'frozen' ? 'process-frozen' : 'process-resumed';
      this.#surroundings.events.note(this.id, type, { pid: found.pid });
      this.#surroundings.changed('now');
    });
    void found.exited.then((exit) => this.#ended(found, exit));
    this.#link.open();
    this.#surroundings.changed('now');
  }

  #ended(which: NodeProcess, exit: ProcessExit): void {
    if (which !== this.#process) return;
    const asked = this.#asked;
    this.#process = null;
    this.#link.close();
    this.#connected = false;
    this.#linkError = null;
    this.#exitedAtMs = exit.atMs;
    this.#exitReason = exitReason(exit, asked, this.#lastWords);
    this.#saved = { ...this.#saved, process: null };
    const fields = { reason: this.#exitReason, asked };
    this.#surroundings.events.note(this.id, 'process-exited', fields, exit.atMs);
    // Code 0 is a node that was told to end on its own port, with SHUTDOWN.
    this.#setPhase(asked !== null || exit.code === 0 ? 'stopped' : 'crashed');
    void this.#surroundings.save();
  }

  #hear(status: NodeStatus, full: boolean): void {
    this.#status = status;
    this.#statusView = toNodeStatusView(status);
    this.#heardAtMs = Date.now();
    const isMember = status.members.some((member) => member.id === this.id);
    if (isMember && !this.#saved.joined) {
      this.#saved = { ...this.#saved, joined: true };
      void this.#surroundings.save();
    }
    this.#surroundings.changed(full ? 'now' : 'soon');
  }

  #linkChanged(error: string | null): void {
    const wasConnected = this.#connected;
    this.#connected = error === null;
    this.#linkError = error;
    if (error === null) {
      if (this.#phase === 'starting') this.#phase = 'running';
      this.#surroundings.events.note(this.id, 'link-open', { address: this.address });
    } else if (wasConnected) {
      this.#surroundings.events.note(this.id, 'link-lost', { reason: error });
    }
    this.#surroundings.changed(wasConnected !== this.#connected ? 'now' : 'soon');
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    const line = { nodeId: this.id, timeMs: Date.now(), stream, text };
    if (stream === 'stderr') this.#lastWords = lastWordsAfter(this.#lastWords, text);
    this.#output.push(line);
    this.#surroundings.onOutput(line);
  }

  async #wish(desired: 'running' | 'stopped'): Promise<void> {
    this.#saved = { ...this.#saved, desired };
    await this.#surroundings.save();
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#surroundings.changed('now');
  }

  #notRunning(): Result<never> {
    return failure('E_STATE', `${this.name} is not running. Start it first.`);
  }

  #processState(): ProcessState {
    if (this.#phase !== 'running' && this.#phase !== 'starting') return this.#phase;
    if (this.#process?.runState === 'frozen') return 'frozen';
    if (this.#phase === 'starting') return 'starting';
    return this.#surroundings.spawner.isolation === 'embedded' ? 'embedded' : 'running';
  }

  #startedAtMs(): number | null {
    return this.#saved.process?.startedAtMs ?? this.#status?.startedAtMs ?? null;
  }

  /** Tells the traces of one process from those of the next. */
  #processKey(): string {
    return `${this.#status?.pid ?? 0}/${this.#status?.startedAtMs ?? 0}`;
  }
}
