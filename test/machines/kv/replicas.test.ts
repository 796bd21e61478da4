import { expect, test } from 'vitest';

import { EntryContext } from '../../../node-engine/machine/context.ts';
import { Pcg32 } from '../../../node-engine/machine/pcg32.ts';
import { kv } from '../../../node-engine/machines/kv/kv.ts';
import { MachineUnderTest, plain } from '../../machine/machine-under-test.ts';
import { CommandMaker } from './command-maker.ts';

const DAY_MS = 86_400_000;

/**
 * One log, three replicas: one that only applies it, one that answers reads in between by a clock
 * that runs ahead, and one that is now and then rebuilt from a snapshot. Only their hash seeds differ.
 */
test('replicas answer and hash alike, whatever they answered, expired or were restored from', () => {
  const seed = BigInt(process.env['RAFTDECK_SEED'] ?? '815');
  const random = new Pcg32(seed);
  const maker = new CommandMaker(random);
  const reads = new CommandMaker(new Pcg32(seed + 1n));
  const plainReplica = kv.create({ hashSeed: 1n });
  const readReplica = kv.create({ hashSeed: 2n });
  let restoredReplica = new MachineUnderTest(kv, 0, 3n);
  const context = new EntryContext();
  let nowMs = 1_700_000_000_000;
  let expiries = 0;
  for (let entry = 0; entry < 20_000; entry++) {
    const command = maker.next();
    const name = Buffer.from(command[0] ?? [])
      .toString()
      .toLowerCase();
    if (random.nextUint32() % 200 === 0) {
      const before = plainReplica.size();
      nowMs += random.nextUint32() % DAY_MS;
      context.beginRun(BigInt(nowMs) * 1_000_000n, BigInt(entry));
      plainReplica.apply([Buffer.from('DEL'), Buffer.from('nothing')], context);
      readReplica.apply([Buffer.from('DEL'), Buffer.from('nothing')], context);
      restoredReplica.machine.apply([Buffer.from('DEL'), Buffer.from('nothing')], context);
      expiries += before - plainReplica.size();
    }
    if (kv.commands.get(name)?.kind !== 'write') continue;
    nowMs += random.nextUint32() % 50;
    context.beginRun(BigInt(nowMs) * 1_000_000n, BigInt(entry));
    const expected = plain(plainReplica.apply(command, context));
    expect(plain(readReplica.apply(command, context)), `seed ${seed}, entry ${entry}`).toEqual(
      expected,
    );
    expect(plain(restoredReplica.machine.apply(command, context))).toEqual(expected);

    const read = reads.next();
    const ahead = new EntryContext();
    ahead.beginRun(BigInt(nowMs + DAY_MS) * 1_000_000n, 0n);
    if (
      kv.commands.get(
        Buffer.from(read[0] ?? [])
          .toString()
          .toLowerCase(),
      )?.kind === 'read'
    ) {
      readReplica.query(read, ahead);
    }
    if (entry % 500 === 0) {
      const hash = plainReplica.stateHash();
      expect([readReplica.stateHash(), restoredReplica.machine.stateHash()]).toEqual([hash, hash]);
      expect([readReplica.size(), restoredReplica.machine.size()]).toEqual([
        plainReplica.size(),
        plainReplica.size(),
      ]);
      const slices = restoredReplica.takeSnapshot();
      restoredReplica = new MachineUnderTest(kv, 0, BigInt(entry));
      restoredReplica.restoreFrom(slices);
      expect(restoredReplica.machine.stateHash()).toBe(hash);
    }
  }
  expect(expiries).toBeGreaterThan(100);
});
