import { expect, test } from 'vitest';

import type { Machine } from '../../node-engine/machine/machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { ticket } from '../../node-engine/machines/ticket/ticket.ts';
import { hashInSlices } from '../../node-engine/node/state-hash.ts';
import { MachineUnderTest } from '../machine/machine-under-test.ts';

test('the hash is that of the moment it was begun, whatever is written meanwhile', () => {
  const subject = new MachineUnderTest(kv);
  for (let key = 0; key < 60_000; key++) subject.run('SET', `key:${key}`, key, 'PX', 10 + key);
  subject.nowMs += 5000;
  subject.run('SET', 'last', 1);
  const expected = subject.machine.stateHash();
  const tasks: (() => void)[] = [];
  const hashes: string[] = [];
  hashInSlices(
    subject.machine,
    (task) => tasks.push(task),
    (_, hash) => hashes.push(hash),
  );
  let slices = 0;
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    task();
    slices++;
    for (let key = slices; key < 60_000; key += 50) subject.run('SET', `key:${key}`, 'changed');
    if (slices === 3) subject.run('FLUSHALL');
  }
  expect(hashes).toEqual([expected]);
  expect(slices).toBeGreaterThan(3);
  expect(subject.machine.stateHash()).not.toBe(expected);
});

test('a machine that has no slices is hashed at once', () => {
  const subject = new MachineUnderTest(ticket);
  const hashes: string[] = [];
  hashInSlices(
    subject.machine,
    () => expect.fail('nothing to defer'),
    (_, hash) => hashes.push(hash),
  );
  expect(hashes).toEqual([subject.machine.stateHash()]);
});

test('a hashing that fails is released and said', () => {
  let released = 0;
  const failing: Machine = {
    ...kv.create({ hashSeed: 1n }),
    beginStateHash: () => ({
      next: () => {
        throw new Error('no more memory');
      },
      release: () => {
        released++;
      },
    }),
  };
  const errors: (string | undefined)[] = [];
  hashInSlices(failing, setImmediate, (error) => errors.push(error?.message));
  expect([errors, released]).toEqual([['no more memory'], 1]);
});
