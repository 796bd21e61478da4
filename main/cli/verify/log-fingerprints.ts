import { crc32 } from 'node:zlib';

import { readRuns } from '../../../node-engine/log/inspect.ts';
import { RUN_COMMANDS, RUN_KIND_MASK } from '../../../node-engine/raft/types.ts';
import type { LogIndex, Run, Term } from '../../../node-engine/raft/types.ts';
import { CommandRunReader } from '../../../node-engine/resp/command-run.ts';
import type { InspectedNode } from '../../../node-engine/snapshot/inspect-node.ts';

/** What the entries of a log are, in a few bytes each, so that logs can be compared. */
export class LogFingerprints {
  readonly firstIndex: LogIndex;
  readonly #terms: Term[] = [];
  readonly #sums: number[] = [];
  readonly #reader = new CommandRunReader();

  private constructor(firstIndex: LogIndex) {
    this.firstIndex = firstIndex;
  }

  /**
   * Reads a stopped node's log.
   *
   * @throws StorageError DAMAGED or IO
   */
  static async read(node: InspectedNode): Promise<LogFingerprints> {
    const prints = new LogFingerprints(node.records?.firstIndex ?? 1);
    await readRuns(node.directory, node, (run) => prints.#add(run));
    return prints;
  }

  get lastIndex(): LogIndex {
    return this.firstIndex + this.#terms.length - 1;
  }

  /** Term of an entry; 0 for one that is not here. */
  term(index: LogIndex): Term {
    return this.#terms[index - this.firstIndex] ?? 0;
  }

  /** Checksum of all that makes an entry what it is, however it was gathered into runs. */
  sum(index: LogIndex): number {
    return this.#sums[index - this.firstIndex] ?? 0;
  }

  #add(run: Run): void {
    const common = `${run.term} ${run.flags} ${run.seed} ${run.timeNs} ${run.originalFirstIndex}`;
    const start = crc32(common);
    if ((run.flags & RUN_KIND_MASK) !== RUN_COMMANDS) {
      this.#terms.push(run.term);
      this.#sums.push(crc32(run.bytes, start));
      return;
    }
    const batch = this.#reader.read(run.bytes);
    for (let entry = 0; entry < run.count; entry += 1) {
      let sum = crc32(String(run.firstIndex + entry), start);
      for (const argument of batch.args(entry)) {
        sum = crc32(argument, crc32(String(argument.length), sum));
      }
      this.#terms.push(run.term);
      this.#sums.push(sum);
    }
  }
}
