import type { LogLevel } from '../../../node-engine/node/node-options.ts';
import { isLoudEnough, jsonLine, textLine, type Loudness, type RoleLetter } from './log-line.ts';

/** How a node's log is written. */
export interface NodeLogOptions {
  readonly loudness: Loudness;
  readonly format: 'text' | 'json';
  readonly coloured: boolean;
  readonly write: (text: string) => void;
}

/** A node's log: one line per call, with the role that the node has at that moment. */
export class NodeLog {
  readonly #options: NodeLogOptions;
  #role: RoleLetter = 'S';

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
    const { loudness, format, coloured, write } = this.#options;
    if (!isLoudEnough(level, loudness)) return;
    const record = { pid: process.pid, role: this.#role, timeMs: Date.now(), level, text };
    write(`${format === 'json' ? jsonLine(record) : textLine(record, coloured)}\n`);
  }

  /** Something that nobody may miss: written whatever the loudness. */
  alarm(text: string): void {
    const { format, coloured, write } = this.#options;
    const level = 'warning';
    const record = { pid: process.pid, role: this.#role, timeMs: Date.now(), level, text } as const;
    write(`${format === 'json' ? jsonLine(record) : textLine(record, coloured)}\n`);
  }
}
