import { keysOf } from '../machine/command-arguments.ts';
import type { CommandSpec } from '../machine/machine.ts';

const SLOTS = 16384;
const POLYNOMIAL = 0x1021;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const TABLE = makeTable();

/**
 * The Redis Cluster hash slot of a key: CRC16 (XMODEM) of the key, or of what stands between its
 * first `{` and the next `}` when that is not empty, modulo 16384.
 *
 * Source: Redis Cluster specification, "Key distribution model" and "Hash tags".
 */
export function keySlot(key: Uint8Array): number {
  const open = key.indexOf(OPEN_BRACE);
  if (open >= 0) {
    const close = key.indexOf(CLOSE_BRACE, open + 1);
    if (close > open + 1) return crc16(key.subarray(open + 1, close)) % SLOTS;
  }
  return crc16(key) % SLOTS;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ byte) & 0xff] ?? 0);
  return crc;
}

function makeTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
    }
    table[byte] = crc;
  }
  return table;
}

/** Slot of a command's first key, which MOVED tells; 0 when it has none. */
export function slotOf(spec: CommandSpec, args: readonly Uint8Array[]): number {
  if (spec.firstKey === 0) return 0;
  const key = keysOf(spec, args)[0];
  return key === undefined ? 0 : keySlot(key);
}
