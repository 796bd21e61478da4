import { expect, test } from 'vitest';

import { ExpiryQueue } from '../../node-engine/machine/expiry-queue.ts';
import { NO_EXPIRY } from '../../node-engine/machine/keyspace.ts';
import { Pcg32 } from '../../node-engine/machine/pcg32.ts';

test('any additions, changes and removals leave the earliest member first', () => {
  const random = new Pcg32(BigInt(process.env['RAFTDECK_SEED'] ?? '77'));
  const queue = new ExpiryQueue();
  const members = new Map<number, { expiresAtMs: number; hash: number }>();
  for (let operation = 0; operation < 6000; operation++) {
    const expiresAtMs = random.nextUint32() % 500;
    const tickets = [...members.keys()];
    const ticket = tickets[random.nextUint32() % Math.max(1, tickets.length)];
    // More is taken out than put in for a while, then the other way round.
    const adds = random.nextUint32() % 10 < (operation % 2000 < 1000 ? 5 : 2);
    if (ticket === undefined || adds) {
      const added = queue.add(operation, expiresAtMs);
      expect(members.has(added)).toBe(false);
      members.set(added, { expiresAtMs, hash: operation });
    } else if (random.nextUint32() % 2 === 0) {
      queue.change(ticket, expiresAtMs);
      members.set(ticket, { expiresAtMs, hash: members.get(ticket)?.hash ?? -1 });
    } else {
      queue.remove(ticket);
      members.delete(ticket);
    }
    const times = [...members.values()].map((member) => member.expiresAtMs);
    const limit = random.nextUint32() % 500;
    expect([queue.size, queue.earliestMs, queue.countBefore(limit)]).toEqual([
      members.size,
      times.length === 0 ? NO_EXPIRY : Math.min(...times),
      times.filter((time) => time < limit).length,
    ]);
    if (members.size > 0) {
      const first = members.get(queue.earliest.ticket);
      expect(first).toEqual({ expiresAtMs: queue.earliestMs, hash: queue.earliest.hash });
    }
  }
});
