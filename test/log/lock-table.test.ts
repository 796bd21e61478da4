import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { isInLockTable } from '../../node-engine/log/lock-table.ts';
import { NodeFolders } from './node-folders.ts';

const folders = new NodeFolders();

afterEach(async () => {
  await folders.closeAll();
  await folders.removeAll();
});

const TABLE =
  '1: POSIX  ADVISORY  WRITE 4711 07:01:17 0 EOF\n' +
  '2: FLOCK  ADVISORY  WRITE 4712 fe:10:170 0 EOF\n' +
  '2: -> POSIX  ADVISORY  READ 4713 fe:10:18 0 EOF\n';

/** As Linux packs it. */
function device(major: number, minor: number): number {
  return (major << 8) | minor;
}

test('a lock is that of a file when inode and device agree', () => {
  expect(isInLockTable(TABLE, { dev: device(0x07, 0x01), ino: 17 }, null)).toBe(true);
  expect(isInLockTable(TABLE, { dev: device(0xfe, 0x10), ino: 170 }, null)).toBe(true);
  expect(isInLockTable(TABLE, { dev: device(0x07, 0x01), ino: 7 }, null)).toBe(false);
});

test('a file of the same number on another device is another file', () => {
  expect(isInLockTable(TABLE, { dev: device(0x07, 0x02), ino: 17 }, null)).toBe(false);
  expect(isInLockTable(TABLE, { dev: device(0x07, 0x02), ino: 17 }, 9999)).toBe(false);
});

test('on a device that the table names otherwise, the process decides', () => {
  expect(isInLockTable(TABLE, { dev: device(0, 0x2a), ino: 17 }, 4711)).toBe(true);
});

test.skipIf(process.platform !== 'linux')(
  'an open log is in the table of this machine',
  async () => {
    const directory = await folders.make();
    await folders.open(directory);
    const lock = statSync(join(directory, 'log', 'LOCK'));
    const table = (): string => readFileSync('/proc/locks', 'latin1');
    expect(isInLockTable(table(), lock, null)).toBe(true);
    await folders.closeAll();
    expect(isInLockTable(table(), lock, null)).toBe(false);
  },
);
