import { createSocket, type Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';

/*
 * Asks a time server what time it is (SNTP: RFC 4330, version 4). One datagram goes out, one comes
 * back, and the offset is known to half of that round trip. Nothing here waits for an answer: a node
 * without a network, or with a server that is silent, goes on with the clock of its machine.
 */

const PACKET_BYTES = 48;
/** No leap warning, version 4, client. */
const CLIENT_REQUEST = 0b00_100_011;
const MODE_SERVER = 4;
const LEAP_UNSYNCHRONISED = 3;
const STRATUM_MAX = 15;
const ORIGINATE_AT = 24;
const RECEIVE_AT = 32;
const TRANSMIT_AT = 40;
/** Seconds from 1900, where NTP counts from, to 1970. */
const EPOCH_SECONDS = 2_208_988_800;
/** NTP's seconds begin again in 2036; smaller ones than those of 1968 are of the next era. */
const ERA_SECONDS = 2 ** 32;
const FRACTION = 2 ** 32;

/** What one exchange has shown. */
export interface TimeSample {
  /** Milliseconds that the server's clock is ahead of this machine's. */
  readonly offsetMs: number;
  /** The true offset differs by at most this, as far as the server is right. */
  readonly errorMs: number;
}

/** A request; the server repeats its number, which nobody can guess. */
export function encodeTimeRequest(number: Uint8Array): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet[0] = CLIENT_REQUEST;
  // The own clock is nobody's business: any number will do where it would stand.
  packet.set(number.subarray(0, 8), TRANSMIT_AT);
  return packet;
}

/**
 * Reads an answer.
 *
 * @param sent the number of the request it has to repeat
 * @param at wall clock when the request left and when this came, Unix milliseconds; the second one
 *   counted on from the first, so that a clock set in between does no harm
 * @returns a sample, or why the answer is none
 */
export function readTimeAnswer(
  packet: Buffer,
  sent: Uint8Array,
  at: { readonly sentMs: number; readonly receivedMs: number },
): TimeSample | string {
  if (packet.length < PACKET_BYTES) return 'too short';
  if (!packet.subarray(ORIGINATE_AT, RECEIVE_AT).equals(sent)) return 'answers something else';
  const first = packet[0] ?? 0;
  if ((first & 0b111) !== MODE_SERVER) return 'no answer of a server';
  if (first >> 6 === LEAP_UNSYNCHRONISED) return 'the server does not know the time';
  const stratum = packet[1] ?? 0;
  if (stratum === 0) return `refused: ${packet.toString('latin1', 12, 16)}`;
  if (stratum > STRATUM_MAX) return 'the server does not know the time';
  const [cameMs, leftMs] = [unixMsAt(packet, RECEIVE_AT), unixMsAt(packet, TRANSMIT_AT)];
  if (cameMs === null || leftMs === null || leftMs < cameMs) return 'impossible times';
  const tripMs = at.receivedMs - at.sentMs - (leftMs - cameMs);
  if (tripMs < 0) return 'impossible times';
  const offsetMs = (cameMs - at.sentMs + (leftMs - at.receivedMs)) / 2;
  return { offsetMs, errorMs: tripMs / 2 };
}

/** Writes Unix milliseconds as NTP has them. */
export function writeTimestamp(unixMs: number, packet: Buffer, offset: number): void {
  const seconds = Math.floor(unixMs / 1000);
  packet.writeUInt32BE((seconds + EPOCH_SECONDS) % ERA_SECONDS, offset);
  packet.writeUInt32BE(Math.floor((unixMs / 1000 - seconds) * FRACTION), offset + 4);
}

/** Null for the time that means "none". */
function unixMsAt(packet: Buffer, offset: number): number | null {
  const seconds = packet.readUInt32BE(offset);
  const fraction = packet.readUInt32BE(offset + 4);
  if (seconds === 0 && fraction === 0) return null;
  const inEra = seconds < FRACTION / 2 ? seconds + ERA_SECONDS : seconds;
  return (inEra - EPOCH_SECONDS + fraction / FRACTION) * 1000;
}

/** Where the time comes from, and how often it is asked for. */
export interface TimeServerOptions {
  readonly host: string;
  readonly port: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly onSample: (sample: TimeSample) => void;
  /** Why there was none; said again only when it is another reason than before. */
  readonly onTrouble: (reason: string) => void;
}

/** Asks one server at an interval, for as long as it is not closed. */
export class TimeServer {
  readonly #options: TimeServerOptions;
  readonly #interval: NodeJS.Timeout;
  #socket: Socket | null = null;
  #trouble = '';
  #closed = false;

  constructor(options: TimeServerOptions) {
    this.#options = options;
    this.#interval = setInterval(() => {
      this.#ask();
    }, options.intervalMs);
    this.#interval.unref();
    this.#ask();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#interval);
    this.#socket?.close();
    this.#socket = null;
  }

  #ask(): void {
    if (this.#closed || this.#socket !== null) return;
    const { host, port, timeoutMs } = this.#options;
    const number = randomBytes(8);
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket = socket;
    const wallMs = Date.now();
    const startMs = performance.now();
    const timer = setTimeout(() => {
      end(`no answer within ${timeoutMs} ms`);
    }, timeoutMs);
    timer.unref();
    const end = (outcome: TimeSample | string): void => {
      clearTimeout(timer);
      if (this.#socket !== socket) return;
      this.#socket = null;
      socket.close();
      this.#heard(outcome);
    };
    socket.on('error', (error) => {
      end(error.message);
    });
    socket.on('message', (packet) => {
      const receivedMs = wallMs + performance.now() - startMs;
      const sample = readTimeAnswer(packet, number, { sentMs: wallMs, receivedMs });
      // Anyone can send a datagram: one that answers something else ends nothing.
      if (sample !== 'answers something else') end(sample);
    });
    socket.send(encodeTimeRequest(number), port, host, (error) => {
      if (error !== null) end(error.message);
    });
  }

  #heard(outcome: TimeSample | string): void {
    if (this.#closed) return;
    if (typeof outcome !== 'string') {
      this.#trouble = '';
      this.#options.onSample(outcome);
    } else if (outcome !== this.#trouble) {
      this.#trouble = outcome;
      this.#options.onTrouble(outcome);
    }
  }
}
