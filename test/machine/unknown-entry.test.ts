import { expect, test } from 'vitest';

import { defineMachine } from '../../node-engine/machine/define-machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';

/** The time and chance of an entry; nothing here asks for them. */
const CONTEXT = { nowNs: () => 0n, nowMs: () => 0, randomUint32: () => 0 };

test('U21 a command in the log that a machine does not have is an error and changes nothing', () => {
  const ticket = defineMachine({
    ...{ name: 'ticket', version: '1.0.0', snapshot: 'json' },
    initial: () => ({ last: 0 }),
    commands: { TICKET: { kind: 'write', run: ({ state }) => ++state.last } },
  });
  for (const definition of [ticket, kv]) {
    const machine = definition.create({ hashSeed: 1n });
    const before = machine.stateHash();
    const args = [Buffer.from('FROM-A-LATER-VERSION'), Buffer.from('x')];
    expect(machine.apply(args, CONTEXT)).toMatchObject({
      type: 'error',
      text: expect.stringMatching(/^ERR unknown command 'FROM-A-LATER-VERSION'/) as unknown,
    });
    expect(machine.stateHash()).toBe(before);
  }
});
