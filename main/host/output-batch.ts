import type { OutputLine } from '../contract/model.ts';

/** Most lines that a new listener gets of the past. */
const OUTPUT_PAST_MAX = 2_000;

/** Lines that come in the same turn of the event loop are told together. */
export class OutputBatch {
  readonly #publish: (lines: readonly OutputLine[]) => void;
  #pending: OutputLine[] = [];

  constructor(publish: (lines: readonly OutputLine[]) => void) {
    this.#publish = publish;
  }

  add(line: OutputLine): void {
    if (this.#pending.length === 0) {
      setImmediate(() => {
        const lines = this.#pending;
        this.#pending = [];
        this.#publish(lines);
      });
    }
    this.#pending.push(line);
  }
}

/** The last lines of all nodes, oldest first. */
export function pastOutput(
  nodes: readonly { output: () => readonly OutputLine[] }[],
): readonly OutputLine[] {
  const lines = nodes.flatMap((node) => node.output());
  lines.sort((left, right) => left.timeMs - right.timeMs);
  return lines.slice(-OUTPUT_PAST_MAX);
}
