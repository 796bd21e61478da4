import { expect, test } from 'vitest';

import { ticket } from '../../../node-engine/machines/ticket/ticket.ts';
import { MachineUnderTest } from '../../machine/machine-under-test.ts';

test('tickets are handed out one after the other and never twice', () => {
  const subject = new MachineUnderTest(ticket);
  const tickets = Array.from({ length: 1000 }, () => subject.line('TICKET'));
  expect(tickets).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1));
  const restored = new MachineUnderTest(ticket);
  restored.restoreFrom(subject.takeSnapshot());
  expect([restored.line('ticket'), subject.line('ticket')]).toEqual([1001, 1001]);
  expect(restored.machine.stateHash()).toBe(subject.machine.stateHash());
});

test('TICKET takes no arguments', () => {
  const subject = new MachineUnderTest(ticket);
  expect(subject.line('TICKET 5')).toBe("-ERR wrong number of arguments for 'ticket' command");
  expect(subject.line('TICKET')).toBe(1);
});
