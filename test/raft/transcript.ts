/*
 * Transcripts: files of blocks, each a comment, one or more commands, `----`, and exactly what they
 * print. Replaying a file renders it anew; the test compares that with the file itself.
 */

/** One block of a transcript. */
export interface Block {
  /** Lines that begin with `#`, before the commands. */
  readonly comment: readonly string[];
  readonly commands: readonly string[];
}

/** Reads the blocks; their output is not kept, because it is about to be made again. */
export function parseTranscript(text: string): readonly Block[] {
  return text
    .split(/\n\n+/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const end = lines.indexOf('----');
      const head = end < 0 ? lines : lines.slice(0, end);
      return {
        comment: head.filter((line) => line.startsWith('#')),
        commands: head.filter((line) => !line.startsWith('#')),
      };
    });
}

/** Writes the blocks with the output that `run` gives for each command. */
export function replay(
  blocks: readonly Block[],
  run: (command: string) => readonly string[],
): string {
  const rendered = blocks.map((block) => {
    if (block.commands.length === 0) return block.comment.join('\n');
    const output = block.commands.flatMap(run);
    return [...block.comment, ...block.commands, '----', ...output].join('\n');
  });
  return `${rendered.join('\n\n')}\n`;
}
