import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';

import { NodeClock } from '../../node-engine/node/node-clock.ts';
import {
  encodeTimeRequest,
  readTimeAnswer,
  writeTimestamp,
} from '../../node-engine/node/time-server.ts';
import { until } from '../cluster/raftdeck-process.ts';

const NUMBER = Buffer.from('8 bytes.');
const NOON_MS = Date.UTC(2026, 10, 20, 12);

/** What a good server answers that got the request at `cameMs` and answered at `leftMs`. */
function answerTo(request: Buffer, cameMs: number, leftMs: number): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = 0b00_100_100;
  packet[1] = 2;
  request.copy(packet, 24, 40, 48);
  writeTimestamp(cameMs, packet, 32);
  writeTimestamp(leftMs, packet, 40);
  return packet;
}

describe('an answer', () => {
  const request = encodeTimeRequest(NUMBER);
  const at = { sentMs: NOON_MS, receivedMs: NOON_MS + 30 };

  test('gives the offset, to half of what the way has taken', () => {
    // 10 ms there, 5 ms in the server, 15 ms back, and its clock is an hour ahead.
    const hour = 3_600_000;
    const packet = answerTo(request, NOON_MS + hour + 10, NOON_MS + hour + 15);
    const sample = readTimeAnswer(packet, NUMBER, at);
    expect(sample).toEqual({
      offsetMs: expect.closeTo(hour - 2.5, 2) as number,
      errorMs: expect.closeTo(12.5, 2) as number,
    });
  });

  test('of after 2036, when the seconds begin again, is read right', () => {
    const later = Date.UTC(2040, 0, 1);
    const packet = answerTo(request, later, later);
    const sample = readTimeAnswer(packet, NUMBER, { sentMs: later, receivedMs: later });
    expect(sample).toEqual({ offsetMs: 0, errorMs: 0 });
  });

  test.each<[string, (packet: Buffer) => Buffer, string]>([
    ['cut short', (packet) => packet.subarray(0, 47), 'too short'],
    ['to another request', (packet) => packet.fill(1, 24, 32), 'answers something else'],
    ['of a client', (packet) => packet.fill(0b00_100_011, 0, 1), 'no answer of a server'],
    ['without the time', (packet) => packet.fill(0b11_100_100, 0, 1), 'does not know the time'],
    ['of stratum 16', (packet) => packet.fill(16, 1, 2), 'does not know the time'],
    ['that refuses', (packet) => packet.fill(0, 1, 2).fill('RATE', 12, 16), 'refused: RATE'],
    ['without a time', (packet) => packet.fill(0, 40, 48), 'impossible times'],
    ['that left before it came', (packet) => packet.fill(0xff, 32, 40), 'impossible times'],
  ])('%s is none', (_what, spoil, reason) => {
    const packet = spoil(answerTo(request, NOON_MS, NOON_MS));
    expect(readTimeAnswer(packet, NUMBER, at)).toContain(reason);
  });
});

describe('the clock of a node', () => {
  let server: Socket | null = null;
  let clock: NodeClock | null = null;
  const lines: string[] = [];
  const log = (_level: string, text: string): number => lines.push(text);

  afterEach(() => {
    clock?.close();
    server?.close();
    server = null;
    lines.length = 0;
  });

  async function serve(onRequest: (request: Buffer, from: RemoteInfo) => void): Promise<number> {
    const socket = createSocket('udp4');
    server = socket;
    socket.on('message', onRequest);
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve);
    });
    return socket.address().port;
  }

  /** How far that clock is from the one here; a wait between two looks is no distance. */
  function offMs(read: () => bigint, aheadMs = 0): number {
    const beforeMs = Date.now();
    const readMs = Number(read() / 1_000_000n) - aheadMs;
    return Math.max(0, beforeMs - readMs, readMs - Date.now());
  }

  test('is that of the machine, and at once', () => {
    const own = new NodeClock(null, log);
    clock = own;
    expect(offMs(() => own.wallNs())).toBeLessThan(100);
    expect(own.source()).toBe('system');
  });

  test('is corrected by what its server says, and by nothing that a stranger sends', async () => {
    const aheadMs = 7_200_000;
    const port = await serve((request, from) => {
      const nowMs = Date.now() + aheadMs;
      const forged = answerTo(encodeTimeRequest(NUMBER), nowMs * 2, nowMs * 2);
      server?.send(forged, from.port, from.address);
      server?.send(answerTo(request, nowMs, nowMs), from.port, from.address);
    });
    const own = new NodeClock({ host: '127.0.0.1', port }, log);
    clock = own;
    expect(own.source()).toBe(`system, no answer of 127.0.0.1:${port} yet`);
    await until('an answer', 20_000, () => own.source().includes('Offset'));
    expect(offMs(() => own.wallNs(), aheadMs)).toBeLessThan(1_000);
    expect(lines).toEqual([
      expect.stringMatching(/: the clock here is corrected by 7[12]\d+\.\d ms/),
    ]);
  });

  test('goes on as it is when its server refuses', async () => {
    const port = await serve((request, from) => {
      const refusal = answerTo(request, Date.now(), Date.now()).fill(0, 1, 2).fill('DENY', 12, 16);
      server?.send(refusal, from.port, from.address);
    });
    const own = new NodeClock({ host: '127.0.0.1', port }, log);
    clock = own;
    await until('a line in the log', 20_000, () => lines.length > 0);
    expect(lines[0]).toContain('refused: DENY; the time is as before');
    expect(offMs(() => own.wallNs())).toBeLessThan(100);
  });
});
