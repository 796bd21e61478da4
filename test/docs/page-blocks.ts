/** A piece of code in a page. */
export interface PageBlock {
  readonly language: string;
  readonly text: string;
}

/** A command of a page, and what the page says that it prints. */
export interface PageCommand {
  readonly command: string;
  readonly output: string;
}

/** The pieces of code of a page in Markdown, in their order. */
export function blocksOf(page: string): readonly PageBlock[] {
  return [...page.matchAll(/^```(?<language>\w+)\n(?<text>[\s\S]*?)^```/gm)].map(({ groups }) => ({
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
  }));
}

/** The commands of a `console` block: each begins with `$ `, its output stands below it. */
export function commandsOf({ text }: PageBlock): readonly PageCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, output: lines.join('\n') };
    });
}
