import { connect, type Socket } from 'node:net';

/*
 * A client that shows replies as they stand on the wire, in one line each: `+OK`, `-ERR no`, `:1`,
 * `$text`, `$-1`, `*[$a $b]`, `*0`. A bulk string is told from a simple one, and null from empty.
 */

const TIMEOUT_MS = 60_000;

interface Parsed {
  readonly text: string;
  readonly end: number;
}

/** Reads one RESP2 reply at `start`; null while it is not complete. */
function parse(bytes: Buffer, start: number): Parsed | null {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return null;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('latin1', start + 1, lineEnd);
  const after = lineEnd + 2;
  const count = Number(line);
  switch (type) {
    case '$': {
      if (count < 0) return { text: '$-1', end: after };
      if (bytes.length < after + count + 2) return null;
      return { text: `$${bytes.toString('latin1', after, after + count)}`, end: after + count + 2 };
    }
    case '*': {
      if (count <= 0) return { text: `*${line}`, end: after };
      const items: string[] = [];
      let end = after;
      for (let at = 0; at < count; at += 1) {
        const item = parse(bytes, end);
        if (item === null) return null;
        items.push(item.text);
        end = item.end;
      }
      return { text: `*[${items.join(' ')}]`, end };
    }
    default:
      return { text: `${type}${line}`, end: after };
  }
}

/** RESP bytes of one command. */
export function commandBytes(...args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const argument of args) {
    const bytes = typeof argument === 'string' ? Buffer.from(argument, 'latin1') : argument;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** One connection. */
export class WireClient {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<WireClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new WireClient(socket);
  }

  /** Sends bytes as they are. */
  write(bytes: string | Buffer): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends one command and resolves with its reply. */
  async ask(...args: readonly (string | Buffer)[]): Promise<string> {
    this.write(commandBytes(...args));
    return this.next();
  }

  /** The next reply; 'closed' when the connection ended instead. */
  async next(): Promise<string> {
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const parsed = parse(this.#received, 0);
      if (parsed !== null) {
        this.#received = this.#received.subarray(parsed.end);
        return parsed.text;
      }
      if (this.#ended) return 'closed';
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) return `nothing within ${TIMEOUT_MS} ms`;
      await this.#change(leftMs);
    }
  }

  /** The next replies. */
  async many(count: number): Promise<readonly string[]> {
    const replies: string[] = [];
    while (replies.length < count) replies.push(await this.next());
    return replies;
  }

  /** Everything that was received and not read, once the server has closed. */
  async rest(): Promise<string> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!this.#ended && Date.now() < deadline) await this.#change(deadline - Date.now());
    return this.#received.toString('latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }
}

/** One command on a connection of its own. */
export async function ask(port: number, ...args: readonly string[]): Promise<string> {
  const client = await WireClient.open(port);
  try {
    return await client.ask(...args);
  } finally {
    client.close();
  }
}
