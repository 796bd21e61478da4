import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { Pcg32 } from '../../../node-engine/machine/pcg32.ts';
import { kv } from '../../../node-engine/machines/kv/kv.ts';
import { encodeCommand } from '../../../node-engine/resp/command-writer.ts';
import { ReplyDecoder } from '../../../node-engine/resp/reply-decoder.ts';
import { MachineUnderTest, plain, type PlainReply } from '../../machine/machine-under-test.ts';
import { requireTool } from '../../require-tool.ts';
import { CommandMaker } from './command-maker.ts';

/*
 * The same generated commands go to the kv machine and to a real redis-server 7; every reply must be
 * the same, byte for byte. RAFTDECK_SEED picks another run, RAFTDECK_COMMANDS another length.
 */

const COMMANDS = Number(process.env['RAFTDECK_COMMANDS'] ?? 100_000);
const BATCH = 200;
const REPLY_TIMEOUT_MS = 20_000;
/** Relative expiries are a little later on the side that is asked later. */
const CLOCK_TOLERANCE_MS = 10_000;

/** A redis-server of this test's own, on a socket file in a folder of its own. */
class RedisServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'raftdeck-redis-'));
  readonly #process: ChildProcess;
  readonly #decoder = new ReplyDecoder();
  #socket: Socket | null = null;
  #waiting: { count: number; resolve: (replies: PlainReply[]) => void } | null = null;

  constructor(path: string) {
    const socket = ['--port', '0', '--unixsocket', join(this.#folder, 'redis.sock')];
    const inMemory = ['--save', '', '--appendonly', 'no', '--dir', this.#folder];
    this.#process = spawn(path, [...socket, ...inMemory], { stdio: 'ignore' });
  }

  async start(): Promise<void> {
    const deadlineMs = Date.now() + 10_000;
    while (this.#socket === null) {
      this.#socket = await tryConnect(join(this.#folder, 'redis.sock'));
      if (Date.now() > deadlineMs) throw new Error('redis-server did not open its socket');
      if (this.#socket === null) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#socket.on('data', (chunk: Buffer) => {
      this.#decoder.feed(chunk);
      this.#settle();
    });
  }

  /** The replies to commands sent in one go. */
  ask(commands: readonly (readonly Uint8Array[])[]): Promise<PlainReply[]> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${this.#replies.length} replies to ${commands.length} commands`));
      }, REPLY_TIMEOUT_MS);
      const settle = (replies: PlainReply[]): void => {
        clearTimeout(late);
        resolve(replies);
      };
      this.#waiting = { count: commands.length, resolve: settle };
      this.#socket?.write(Buffer.concat(commands.map((command) => encodeCommand(command))));
    });
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #replies: PlainReply[] = [];

  #settle(): void {
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
      this.#replies.push(plain(reply));
    }
    if (this.#waiting !== null && this.#replies.length >= this.#waiting.count) {
      this.#waiting.resolve(this.#replies.splice(0, this.#waiting.count));
    }
  }
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(null));
  });
}

/**
 * What may differ: which key RANDOMKEY finds, the order of KEYS and SCAN and where a part ends, times that depend on when a command arrived, and the last digits
 * of INCRBYFLOAT, which is exact here and a long double there.
 */
function agree(command: readonly Uint8Array[], ours: PlainReply, theirs: PlainReply): boolean {
  const name = Buffer.from(command[0] ?? [])
    .toString('latin1')
    .toLowerCase();
  if (name === 'randomkey') return isError(ours) === isError(theirs);
  if (name === 'keys' && isList(ours) && isList(theirs)) return text(ours) === sorted(theirs);
  if (name === 'scan' && isList(ours) && isList(theirs)) {
    const whole = ours[0] === '0' && theirs[0] === '0';
    return !whole || sorted(ours[1] ?? null) === sorted(theirs[1] ?? null);
  }
  const isTime = ['ttl', 'pttl', 'expiretime', 'pexpiretime'].includes(name);
  if (
    isTime &&
    typeof ours === 'number' &&
    typeof theirs === 'number' &&
    ours >= 0 &&
    theirs >= 0
  ) {
    const inSeconds = name === 'ttl' || name === 'expiretime';
    return Math.abs(ours - theirs) * (inSeconds ? 1000 : 1) <= CLOCK_TOLERANCE_MS;
  }
  if (name === 'incrbyfloat' && typeof ours === 'string' && !isError(ours)) {
    return Math.abs(Number(ours) - Number(theirs)) < 1e-9;
  }
  return text(ours) === text(theirs);
}

function isList(reply: PlainReply): reply is readonly PlainReply[] {
  return Array.isArray(reply);
}

function isError(reply: PlainReply): boolean {
  return typeof reply === 'string' && reply.startsWith('-ERR');
}

function sorted(reply: PlainReply): string {
  return text(isList(reply) ? [...reply].map(String).sort() : reply);
}

function text(reply: PlainReply): string {
  return JSON.stringify(reply, (_, value: unknown) =>
    typeof value === 'bigint' ? `:${value}` : typeof value === 'number' ? `:${value}` : value,
  );
}

test('arity and key positions are what redis-server says of its own commands', async (context) => {
  const redis = new RedisServer(requireTool('redis-server', context));
  try {
    await redis.start();
    const names = [...kv.commands.keys()];
    const [theirs = null] = await redis.ask([
      ['COMMAND', 'INFO', ...names].map((word) => Buffer.from(word)),
    ]);
    const rows = isList(theirs) ? theirs : [];
    const positions = rows.map((row) => (isList(row) ? [0, 1, 3, 4, 5].map((at) => row[at]) : row));
    expect(positions).toEqual(
      [...kv.commands].map(([name, spec]) => {
        return [name, spec.arity, spec.firstKey, spec.lastKey, spec.keyStep];
      }),
    );
  } finally {
    await redis.stop();
  }
}, 60_000);

test('every pattern matches the keys that it matches in redis-server', async (context) => {
  const redis = new RedisServer(requireTool('redis-server', context));
  const seed = BigInt(process.env['RAFTDECK_SEED'] ?? '4711');
  const random = new Pcg32(seed);
  const word = (letters: string, lengthMax: number): Buffer => {
    const length = 1 + (random.nextUint32() % lengthMax);
    const at = Array.from({ length }, () => letters.charAt(random.nextUint32() % letters.length));
    return Buffer.from(at.join(''), 'latin1');
  };
  try {
    await redis.start();
    const subject = new MachineUnderTest(kv);
    // No empty key: in Redis `**` does not match it, although `*` does.
    const sets = Array.from({ length: 400 }, () => ['SET', word('abcA]^-\\*', 6), 'x'] as const);
    for (const set of sets) subject.run(...set);
    await redis.ask(sets.map((set) => set.map((part) => Buffer.from(part))));
    const patterns = Array.from({ length: 10_000 }, () => word('abcA]^-\\**??[[', 8));
    const theirs = await redis.ask(patterns.map((pattern) => [Buffer.from('KEYS'), pattern]));
    const wrong = patterns.filter(
      (pattern, at) => text(subject.run('KEYS', pattern)) !== sorted(theirs[at] ?? null),
    );
    expect(
      wrong.map((pattern) => pattern.toString('latin1')),
      `seed ${seed}`,
    ).toEqual([]);
  } finally {
    await redis.stop();
  }
}, 60_000);

test('every reply is the one that redis-server gives', async (context) => {
  const redis = new RedisServer(requireTool('redis-server', context));
  const seed = BigInt(process.env['RAFTDECK_SEED'] ?? '4711');
  try {
    await redis.start();
    const subject = new MachineUnderTest(kv);
    const maker = new CommandMaker(new Pcg32(seed));
    const differences: string[] = [];
    for (let done = 0; done < COMMANDS && differences.length < 20; done += BATCH) {
      const commands = Array.from({ length: BATCH }, () => maker.next());
      const theirs = await redis.ask(commands);
      subject.nowMs = Math.max(subject.nowMs, Date.now());
      for (const [at, command] of commands.entries()) {
        const ours = subject.run(...command);
        if (agree(command, ours, theirs[at] ?? null)) continue;
        const typed = command.map((word) => JSON.stringify(Buffer.from(word).toString('latin1')));
        differences.push(
          `${typed.join(' ').slice(0, 200)}\n  ours   ${text(ours).slice(0, 200)}` +
            `\n  theirs ${text(theirs[at] ?? null).slice(0, 200)}`,
        );
      }
    }
    expect(differences.join('\n'), `seed ${seed}`).toBe('');
    expect([...kv.commands.keys()].filter((name) => !maker.names.has(name))).toEqual([]);
  } finally {
    await redis.stop();
  }
}, 120_000);
