import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isPortFree } from '../../main/host/free-ports.ts';

/*
 * Ports for nodes that tests start. Workers run beside each other, and so do whole runs: each worker
 * claims a block of the range with a file that names its process, and goes round in it.
 */
const FIRST_PORT = 23_000;
const BLOCK_SIZE = 50;
const BLOCKS = 20;

let block: number | null = null;
let next = 0;

/** A port that is free now and that no other test uses. */
export async function testPort(): Promise<number> {
  return testPorts(1);
}

/** The first of `count` such ports in a row. */
export async function testPorts(count: number): Promise<number> {
  block ??= claimBlock();
  for (let attempt = 0; attempt < BLOCK_SIZE; attempt += 1) {
    if (next + count > BLOCK_SIZE) next = 0;
    const first = block + next;
    next += count;
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isPortFree));
    if (free.every((isFree) => isFree)) return first;
  }
  throw new Error(`no ${String(count)} free ports in a row from ${String(block)} on`);
}

function claimBlock(): number {
  for (let number = 0; number < BLOCKS; number += 1) {
    const port = FIRST_PORT + number * BLOCK_SIZE;
    const claim = join(tmpdir(), `raftdeck-test-ports-${String(port)}`);
    if (!isAlive(claim)) rmSync(claim, { force: true });
    try {
      writeFileSync(claim, String(process.pid), { flag: 'wx' });
    } catch {
      // Another worker has it.
      continue;
    }
    process.once('exit', () => rmSync(claim, { force: true }));
    return port;
  }
  throw new Error('every block of test ports is in use: more than 20 workers at once?');
}

/** Whether the process that made a claim still runs. */
function isAlive(claim: string): boolean {
  try {
    process.kill(Number(readFileSync(claim, 'utf8')), 0);
    return true;
  } catch {
    // No claim, or its process has ended without taking it back.
    return false;
  }
}
