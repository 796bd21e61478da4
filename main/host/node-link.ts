import { resolve } from 'node:path';

import type { NodeStatus, NodeTrace, TraceHistory } from '../../node-engine/node/status.ts';
import { causeOf } from './failure.ts';
import type { RespConnection, RespDial } from './resp-port.ts';
import { applyFigures, parseHistory, parseStatus, parseTraces } from './status-document.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const FIRST_STATUS_TIMEOUT_MS = 3_000;
const BACK_OFF_MIN_MS = 30;
const BACK_OFF_MAX_MS = 1_000;
/** Grows slowly: a node that is starting listens after half a second and is to be seen at once. */
const BACK_OFF_GROWTH = 1.25;
/** How often a node sends its figures. */
const FIGURES_INTERVAL_MS = 250;

/** What a link tells its owner. */
export interface NodeLinkEvents {
  /** A status, whole; `full` when the node itself sent it whole, which it does on each change. */
  readonly onStatus: (status: NodeStatus, full: boolean) => void;
  /** What the node traced before this link was there, in one or more pieces. */
  readonly onHistory: (history: TraceHistory) => void;
  readonly onTraces: (traces: readonly NodeTrace[]) => void;
  /** The link is open (`null`), or is not and this is why. */
  readonly onState: (error: string | null) => void;
}

/**
 * Watches one node on its RESP port and stays at it: whenever the connection ends, for whatever
 * reason, the next attempt follows with growing pauses.
 */
export class NodeLink {
  readonly #address: string;
  readonly #nodeId: string;
  /** A node is known by its data: somebody else's may have taken the port. */
  readonly #directory: string;
  readonly #dial: RespDial;
  readonly #events: NodeLinkEvents;
  #connection: RespConnection | null = null;
  #status: NodeStatus | null = null;
  #retry: NodeJS.Timeout | null = null;
  #patience: NodeJS.Timeout | null = null;
  #backOffMs = BACK_OFF_MIN_MS;
  /** Grows with every attempt, so that what a former one still says is not heard. */
  #attempt = 0;
  #wanted = false;

  constructor(options: {
    readonly address: string;
    readonly nodeId: string;
    readonly directory: string;
    readonly dial: RespDial;
    readonly events: NodeLinkEvents;
  }) {
    this.#address = options.address;
    this.#nodeId = options.nodeId;
    this.#directory = resolve(options.directory);
    this.#dial = options.dial;
    this.#events = options.events;
  }

  /** Starts to connect, at once and without waiting out a pause. */
  open(): void {
    this.#wanted = true;
    this.#backOffMs = BACK_OFF_MIN_MS;
    if (this.#connection !== null) return;
    this.#attemptNow();
  }

  /** Ends the connection and all attempts. Nothing is said any more. */
  close(): void {
    this.#wanted = false;
    this.#drop();
  }

  #attemptNow(): void {
    this.#drop();
    const attempt = this.#attempt;
    const failed = (reason: string): void => {
      if (attempt === this.#attempt) this.#fail(reason);
    };
    const onClose = (reason: Error | null): void => failed(reason?.message ?? 'closed');
    const options = { address: this.#address, connectTimeoutMs: CONNECT_TIMEOUT_MS, onClose };
    void this.#dial(options).then(
      (connection) => {
        if (attempt === this.#attempt) this.#watch(connection, failed);
        else connection.close();
      },
      (error: unknown) => failed(causeOf(error)),
    );
  }

  #watch(connection: RespConnection, failed: (reason: string) => void): void {
    this.#connection = connection;
    this.#patience = setTimeout(() => {
      failed(`${this.#address} took the connection but says nothing`);
    }, FIRST_STATUS_TIMEOUT_MS);
    const onMessage = (kind: string, json: string): void => {
      if (connection !== this.#connection) return;
      const problem = this.#take(kind, json);
      if (problem !== null) failed(problem);
    };
    // What a user could type: RAFT WATCH EVENTS INTERVAL 250.
    connection.watch({ events: true, intervalMs: FIGURES_INTERVAL_MS }, onMessage).then(
      (refusal) => {
        if (refusal !== null) failed(`${this.#address} refused RAFT WATCH: ${refusal.text}`);
      },
      (error: unknown) => failed(causeOf(error)),
    );
  }

  /** Takes one message of the watch; returns what is wrong with it, or null. */
  #take(kind: string, json: string): string | null {
    switch (kind) {
      case 'status': {
        const parsed = parseStatus(json);
        if (!parsed.ok) return `${this.#address} sends no status of a node: ${parsed.reason}`;
        return this.#takeStatus(parsed.value, true);
      }
      case 'figures': {
        // Figures are relative to a status: without one there is nothing to apply them to.
        if (this.#status === null) return null;
        const parsed = applyFigures(this.#status, json);
        if (!parsed.ok) return `${this.#address} sends no figures of a node: ${parsed.reason}`;
        return this.#takeStatus(parsed.value, false);
      }
      case 'history': {
        const parsed = parseHistory(json);
        if (!parsed.ok) return `${this.#address} sends no history of a node: ${parsed.reason}`;
        this.#events.onHistory(parsed.value);
        return null;
      }
      case 'trace': {
        const parsed = parseTraces(json);
        if (!parsed.ok) return `${this.#address} sends no trace of a node: ${parsed.reason}`;
        this.#events.onTraces(parsed.value);
        return null;
      }
      case 'dropped':
        // The numbers of the traced events show the same gap, and where it is.
        return null;
      default:
        // A kind that a newer node has.
        return null;
    }
  }

  #takeStatus(status: NodeStatus, full: boolean): string | null {
    if (status.id !== this.#nodeId || resolve(status.directory) !== this.#directory) {
      return `${this.#address} is answered by another node: node ${status.id} in ${status.directory}`;
    }
    const first = this.#status === null;
    this.#status = status;
    if (first) {
      if (this.#patience !== null) clearTimeout(this.#patience);
      this.#patience = null;
      this.#backOffMs = BACK_OFF_MIN_MS;
      this.#events.onState(null);
    }
    this.#events.onStatus(status, full);
    return null;
  }

  #fail(reason: string): void {
    this.#drop();
    if (!this.#wanted) return;
    const attempt = this.#attempt;
    this.#events.onState(reason);
    // The owner may have closed the link, or opened it anew, on hearing that.
    if (attempt !== this.#attempt) return;
    this.#retry = setTimeout(() => this.#attemptNow(), this.#backOffMs);
    this.#backOffMs = Math.min(BACK_OFF_GROWTH * this.#backOffMs, BACK_OFF_MAX_MS);
  }

  #drop(): void {
    this.#attempt += 1;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#retry = null;
    this.#patience = null;
    this.#status = null;
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }
}
