/*
 * Branches of the core that no test can reach, and why. Everything else must be run by the unit tests or
 * the simulator: coverage.mjs compares. A branch is named by its file and the line it begins on; a line
 * with two such branches stands here twice.
 */

/** @typedef {{ reason: string, branches: [file: string, line: string][] }} Unreached */

/** @type {Unreached[]} */
export const UNREACHED = [
  {
    reason: 'The place lies inside the array; the compiler cannot know, so it wants another value.',
    branches: [
      [
        'membership-codec.ts',
        'text += String.fromCharCode(reader.bytes[reader.offset + position] ?? 0);',
      ],
      [
        'membership-log.ts',
        'while (found > 0 && (this.#entries[found]?.index ?? 0) > index) found -= 1;',
      ],
      [
        'progress.ts',
        'while (this.#count > 0 && (this.#lastIndices[this.#oldest] ?? 0) <= index) {',
      ],
      ['progress.ts', 'this.roundTripMs = nowMs - (this.#sentMs[this.#oldest] ?? 0);'],
      ['progress.ts', 'this.#bytesInFlight -= this.#bytes[this.#oldest] ?? 0;'],
      ['quorum.ts', 'const value = values[sorted] ?? 0;'],
      ['quorum.ts', 'while (place > 0 && (values[place - 1] ?? 0) > value) {'],
      ['quorum.ts', 'values[place] = values[place - 1] ?? 0;'],
      ['term-spans.ts', 'const lastTerm = this.#terms[last] ?? 0;'],
      [
        'term-spans.ts',
        "assert(firstIndex > (this.#firsts[last] ?? 0), 'a later term starts at a later index');",
      ],
      [
        'term-spans.ts',
        'if (last >= 0 && index >= (this.#firsts[last] ?? 0)) return this.#terms[last] ?? null;',
      ],
      [
        'term-spans.ts',
        'if (last >= 0 && index >= (this.#firsts[last] ?? 0)) return this.#terms[last] ?? null;',
      ],
      ['term-spans.ts', 'return span < 0 ? null : (this.#terms[span] ?? null);'],
      ['term-spans.ts', 'while (span >= 0 && (this.#terms[span] ?? 0) > term) {'],
      ['term-spans.ts', 'found = (this.#firsts[span] ?? 1) - 1;'],
      ['term-spans.ts', 'if ((this.#firsts[middle] ?? 0) <= index) low = middle + 1;'],
    ],
  },
  {
    reason: 'A membership has a voter, or it is not taken: there is always a value to choose from.',
    branches: [['quorum.ts', 'return values[values.length - quorumSize(values.length)] ?? 0;']],
  },
  {
    reason: 'The terms from the commit index on are known, and nothing below it gets here.',
    branches: [
      ['append.ts', "if (run.term < (log.termAt(agreedThrough) ?? 0)) return 'terms decrease';"],
      ['replication.ts', 'const prevLogTerm: Term = log.termAt(prevLogIndex) ?? 0;'],
    ],
  },
  {
    reason:
      'A follower that has answered just now is reachable, so nothing but its lag is in the way.',
    branches: [['membership.ts', "if (typeof next !== 'string') appendMembership(state, next);"]],
  },
  {
    reason: 'The log has refused a write that was never handed out before the outbox hears of it.',
    branches: [['outbox.ts', 'if (held !== undefined) this.messages.push(...held.messages);']],
  },
  {
    reason: 'Nobody is made a follower who already follows the same leader in the same term.',
    branches: [
      ['roles.ts', 'if (leaderChanged || !wasFollower) {'],
      ['roles.ts', '} else if (leaderChanged) {'],
    ],
  },
  {
    reason: 'Each caller has just begun the transfer, or looked that there is one.',
    branches: [['snapshot-send.ts', 'if (transfer === null) return;']],
  },
];
