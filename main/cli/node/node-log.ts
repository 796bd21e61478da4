import type { LogLevel } from '../../../node-engine/node/node-options.ts';
import { isLoudEnough, jsonLine, textLine, type Loudness, type RoleLetter } from './log-line.ts';
import { RepeatedLines, type AdmittedLine } from './repeated-lines.ts';

/** How a node's log is written. */
export interface NodeLogOptions {
  readonly loudness: Loudness;
  readonly format: 'text' | 'json';
  readonly coloured: boolean;
  readonly write: (text: string) => void;
}

/** A timer may be early by less than this. */
const WAKE_SLACK_MS = 5;

/**
 * A node's log: one line per call, with the role that the node has at that moment. Lines that repeat
 * each other are counted instead.
 */
export class NodeLog {
  readonly #options: NodeLogOptions;
  readonly #repeated = new RepeatedLines();
  #role: RoleLetter = 'S';
  #wake: NodeJS.Timeout | undefined;

  constructor(options: NodeLogOptions) {
    this.#options = options;
  }

  /** The node listens: it is a follower, unless it has become more already. */
  started(): void {
    if (this.#role === 'S') this.#role = 'F';
  }

  setRole(role: RoleLetter): void {
    this.#role = role;
  }

  line(level: LogLevel, text: string): void {
    if (!isLoudEnough(level, this.#options.loudness)) return;
    // Whoever asks for everything gets everything.
    if (this.#options.loudness === 'debug') this.#write(level, text);
    else this.#writeAll(this.#repeated.take(level, text, performance.now()));
    this.#wakeForSums();
  }

  /** Something that nobody may miss: written whatever the loudness, and however often. */
  alarm(text: string): void {
    this.#write('warning', text);
  }

  /** The node ends: tells what was held back. */
  close(): void {
    clearTimeout(this.#wake);
    this.#writeAll(this.#repeated.rest());
  }

  #wakeForSums(): void {
    const atMs = this.#repeated.dueAtMs();
    if (atMs === null || this.#wake !== undefined) return;
    this.#wake = setTimeout(
      () => {
        this.#wake = undefined;
        this.#writeAll(this.#repeated.due(performance.now()));
        this.#wakeForSums();
      },
      Math.max(0, atMs - performance.now()) + WAKE_SLACK_MS,
    );
    this.#wake.unref();
  }

  #writeAll(lines: readonly AdmittedLine[]): void {
    for (const { level, text, repeated } of lines) this.#write(level, text, repeated);
  }

  #write(level: LogLevel, text: string, repeated = 0): void {
    const { format, coloured, write } = this.#options;
    const record = {
      pid: process.pid,
      role: this.#role,
      timeMs: Date.now(),
      level,
      text,
      repeated,
    };
    write(`${format === 'json' ? jsonLine(record) : textLine(record, coloured)}\n`);
  }
}
