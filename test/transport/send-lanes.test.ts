import { describe, expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { decodeFrame, pieceOf } from '../../node-engine/transport/frame.ts';
import { FRAME_LIMITS } from '../../node-engine/transport/limits.ts';
import { SendLanes } from '../../node-engine/transport/send-lanes.ts';
import { SendQueue } from '../../node-engine/transport/send-queue.ts';
import { heartbeat, runOfBytes } from './messages.ts';

const LIMITS = { messagesMax: 100, bytesMax: 10_000_000 };
const MIB = 1024 * 1024;

/** The other end of a link: messages in the order in which they become known. */
class FarEnd {
  readonly messages: Message[] = [];
  readonly #straight = this.#parser((bulks) => {
    const piece = pieceOf(bulks);
    if (piece === null) this.#take(bulks);
    else this.#pieces.execute(piece);
  });
  readonly #pieces = this.#parser((bulks) => {
    this.#take(bulks);
  });

  receive(parts: readonly Buffer[]): void {
    for (const part of parts) this.#straight.execute(Buffer.from(part));
  }

  #take(bulks: readonly unknown[]): void {
    const frame = decodeFrame(bulks, '1', '2');
    if (frame.ok) this.messages.push(frame.message);
    else expect.fail(frame.reason);
  }

  #parser(onArray: (bulks: readonly unknown[]) => void): GuardedParser {
    return new GuardedParser({
      limits: FRAME_LIMITS,
      onMessage: (message) => {
        onArray(message as readonly unknown[]);
      },
      onFault: (reason) => expect.fail(reason),
    });
  }
}

function append(readRound: number, prevLogIndex: number, size: number, term = 5): Message {
  const run = { ...runOfBytes(size), firstIndex: prevLogIndex + 1, originalFirstIndex: 1 };
  return { ...heartbeat(readRound, [run]), prevLogIndex, term } as Message;
}

/** Sends as a link does: the straight lane first, then one piece, until nothing is left. */
function drain(lanes: SendLanes, far: FarEnd, betweenPieces: () => void = () => undefined): number {
  let pieces = 0;
  for (;;) {
    far.receive(lanes.takeStraight(1_000_000).parts);
    const piece = lanes.takePiece();
    if (piece === null) return pieces;
    far.receive(piece.parts);
    pieces++;
    betweenPieces();
  }
}

function seen(messages: readonly Message[]): readonly string[] {
  return messages.map((message) => {
    if (message.type !== 'AppendEntriesRequest') return message.type;
    const size = message.runs[0]?.bytes.length ?? 0;
    return `${message.readRound}: ${size} bytes behind ${message.prevLogIndex}`;
  });
}

describe('two lanes', () => {
  test('small messages go straight, in order', () => {
    const lanes = new SendLanes(LIMITS);
    const far = new FarEnd();
    for (let round = 0; round < 20; round++) lanes.push(append(round, 9 + round, 1000));
    expect(drain(lanes, far)).toBe(0);
    expect(far.messages.map((message) => 'readRound' in message && message.readRound)).toEqual(
      Array.from({ length: 20 }, (_, round) => round),
    );
  });

  test('heartbeats overtake a large message, as the leader could have sent them before', () => {
    const lanes = new SendLanes(LIMITS);
    const far = new FarEnd();
    lanes.push(append(1, 9, 3 * MIB));
    let round = 1;
    const pieces = drain(lanes, far, () => {
      if (round < 4) lanes.push({ ...heartbeat(++round), prevLogIndex: 10 } as Message);
    });
    expect(pieces).toBeGreaterThan(20);
    expect(seen(far.messages)).toEqual([
      '2: 0 bytes behind 9',
      '3: 0 bytes behind 9',
      '4: 0 bytes behind 9',
      `1: ${3 * MIB} bytes behind 9`,
    ]);
  });

  test('entries never overtake entries, whatever their size', () => {
    const lanes = new SendLanes(LIMITS);
    const far = new FarEnd();
    lanes.push(append(1, 9, 10));
    lanes.push(append(2, 10, MIB));
    lanes.push(append(3, 11, 10));
    lanes.push({ ...heartbeat(4), prevLogIndex: 12 } as Message);
    lanes.push(append(5, 12, MIB));
    lanes.push(append(6, 13, 10));
    drain(lanes, far);
    lanes.push({ ...heartbeat(7), prevLogIndex: 14 } as Message);
    lanes.push(append(8, 14, 10));
    drain(lanes, far);
    expect(seen(far.messages)).toEqual([
      '1: 10 bytes behind 9',
      '4: 0 bytes behind 10',
      `2: ${MIB} bytes behind 10`,
      '3: 10 bytes behind 11',
      `5: ${MIB} bytes behind 12`,
      '6: 10 bytes behind 13',
      '7: 0 bytes behind 14',
      '8: 10 bytes behind 14',
    ]);
  });

  test('a heartbeat of a later term stays as it is: the log may have been cut since', () => {
    const lanes = new SendLanes(LIMITS);
    const far = new FarEnd();
    lanes.push(append(1, 9, MIB));
    lanes.push({ ...heartbeat(2), prevLogIndex: 20, term: 6 } as Message);
    drain(lanes, far);
    expect(seen(far.messages)[0]).toBe('2: 0 bytes behind 20');
  });

  test('all that is no entry overtakes', () => {
    const lanes = new SendLanes(LIMITS);
    const far = new FarEnd();
    lanes.push(append(1, 9, MIB));
    lanes.push({ type: 'TimeoutNow', from: '1', to: '2', term: 5 });
    drain(lanes, far);
    expect(seen(far.messages)).toEqual(['TimeoutNow', `1: ${MIB} bytes behind 9`]);
  });

  test('clear forgets a message that has begun, too', () => {
    const lanes = new SendLanes(LIMITS);
    lanes.push(append(1, 9, MIB));
    lanes.push(append(2, 10, 1));
    lanes.takePiece();
    expect(lanes.clear()).toBe(2);
    expect(lanes.takePiece()).toBeNull();
    expect(lanes.takeStraight(1).taken).toBe(0);
  });
});

describe('a full queue', () => {
  test('gives up its oldest messages, never its newest', () => {
    const queue = new SendQueue({ messagesMax: 3, bytesMax: 1000 });
    expect([1, 2, 3].map((round) => queue.push(heartbeat(round)))).toEqual([0, 0, 0]);
    expect(queue.push(heartbeat(4))).toBe(1);
    expect(queue.push(append(5, 9, 5000))).toBe(3);
    expect(queue.length).toBe(1);
    expect(queue.first).toBe(queue.shift());
    expect(queue.shift()).toBeUndefined();
    expect(queue.push(heartbeat(6))).toBe(0);
  });
});
