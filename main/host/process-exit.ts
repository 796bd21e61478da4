import type { NodeProcess, ProcessExit } from './spawner.ts';

/** Why a process is gone, in words for people; null when it ended as it was asked to. */
export function exitReason(
  exit: ProcessExit,
  asked: 'stop' | 'kill' | null,
  lastWords: string | null,
): string | null {
  if (asked === 'kill') return 'SIGKILL';
  if (exit.signal !== null) return exit.signal;
  if (exit.code === 0) return asked === 'stop' ? null : 'exit code 0';
  if (exit.code === null) return asked === 'stop' ? null : withWords('ended', lastWords);
  return withWords(`exit code ${exit.code}`, lastWords);
}

/** What follows the message of an error that nobody caught: its trace, its fields, who ran it. */
const TRACE = /^(\s|[\]}]|Node\.js v\d)/;

/** Whether a line can be the last words of a process: the trace below a message says less than it. */
function isMessage(line: string): boolean {
  return line.trim() !== '' && !TRACE.test(line);
}

/** How the program begins the line that says why it gives up. */
const VERDICT = 'raftdeck: ';

/**
 * The last words of a process after one more line of its standard error. What follows its own verdict
 * says less than that: after a flag that cannot be used, for one, how they all are.
 */
export function lastWordsAfter(before: string | null, line: string): string | null {
  if (!isMessage(line)) return before;
  const words = line.trim();
  const judged = before?.startsWith(VERDICT) === true;
  return judged && !words.startsWith(VERDICT) ? before : words;
}

/** Whether it ends in that time; waits no longer. */
export async function endsWithin(node: NodeProcess, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const ended = await Promise.race([node.exited.then(() => true as const), timeout]);
  clearTimeout(timer);
  return ended;
}

function withWords(reason: string, words: string | null): string {
  return words === null ? reason : `${reason}: ${words}`;
}
