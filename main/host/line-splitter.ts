import { StringDecoder } from 'node:string_decoder';

/** Longest line that is kept; the rest of a longer one is cut. */
const LINE_LENGTH_MAX = 4_096;

/** Cuts a stream of bytes into lines of text, whatever the pieces it comes in. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (text: string) => void;
  #rest = '';
  /** Whether the line under way was cut and its remainder is to be skipped. */
  #cut = false;

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  write(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(bytes))).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) this.#finish(line);
    if (last.length > LINE_LENGTH_MAX && !this.#cut) {
      this.#onLine(`${last.slice(0, LINE_LENGTH_MAX)} …`);
      this.#cut = true;
    }
    this.#rest = this.#cut ? '' : last;
  }

  /** The stream has ended: an unfinished line is a line too. */
  end(): void {
    if (this.#rest !== '' && !this.#cut) this.#finish(this.#rest);
    this.#rest = '';
    this.#cut = false;
  }

  #finish(line: string): void {
    if (this.#cut) {
      this.#cut = false;
      return;
    }
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    this.#onLine(text.length > LINE_LENGTH_MAX ? `${text.slice(0, LINE_LENGTH_MAX)} …` : text);
  }
}
