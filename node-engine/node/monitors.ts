import type { Client } from './client.ts';
import { commandText } from './command-text.ts';
import { Observer, type CommandObserver } from './observer.ts';
import { ownArguments } from './own-arguments.ts';

/** What no monitor shows: what the cluster says to itself, and what may hold a password. */
const HIDDEN: ReadonlySet<string> = new Set([
  'raft',
  'machine',
  'auth',
  'cluster',
  'hello',
  'monitor',
]);

interface Monitor {
  readonly client: Client;
  /** Lines it has not been sent because it does not read. */
  lost: number;
}

/**
 * The clients that see every command of this node (MONITOR). A monitor that reads too slowly loses
 * lines, is told how many as soon as it reads again, and never holds anybody up.
 */
export class Monitors {
  readonly #monitors = new Set<Monitor>();
  readonly #observers = new Set<Observer>();

  get count(): number {
    return this.#monitors.size + this.#observers.size;
  }

  /**
   * Shows every command to somebody inside the process, from now on until it is ended.
   *
   * @param queueMax how many it may leave waiting before it loses some
   */
  observe(queueMax: number): CommandObserver {
    const observer = new Observer(queueMax, (ended) => {
      this.#observers.delete(ended);
    });
    this.#observers.add(observer);
    return observer;
  }

  /** Ends what was begun with `observe`, for a node that closes. */
  close(): void {
    for (const observer of this.#observers) void observer.return();
  }

  /** Shows a client every command from now on, until its connection ends or is reset. */
  add(client: Client): void {
    for (const { client: known } of this.#monitors) if (known === client) return;
    const monitor = { client, lost: 0 };
    this.#monitors.add(monitor);
    client.onClosed(() => {
      this.#monitors.delete(monitor);
    });
  }

  /** Shows it no more. */
  remove(client: Client): void {
    for (const monitor of this.#monitors) {
      if (monitor.client === client) this.#monitors.delete(monitor);
    }
  }

  /** A command is about to run. */
  saw(client: Client, name: string, args: readonly Uint8Array[]): void {
    if (HIDDEN.has(name) || name.startsWith('raft')) return;
    for (const observer of this.#observers) {
      const { remoteAddress } = client;
      observer.saw({ timeMs: Date.now(), remoteAddress, name, args: ownArguments(args.slice(1)) });
    }
    if (this.#monitors.size === 0) return;
    const line = `${timeText()} [0 ${client.remoteAddress}] ${commandText(name, args)}`;
    for (const monitor of this.#monitors) {
      if (monitor.lost > 0) {
        const said = `${timeText()} [0 raftdeck] "lost" "${monitor.lost}"`;
        if (monitor.client.send({ type: 'simple', text: said })) monitor.lost = 0;
      }
      const isLost = monitor.lost > 0 || !monitor.client.send({ type: 'simple', text: line });
      if (isLost) monitor.lost += 1;
    }
  }
}

/** Unix seconds with six digits of fraction. */
function timeText(): string {
  return (Date.now() / 1000).toFixed(6);
}
