import { expect, test } from 'vitest';

import { type LinkFault, unmeasured } from '../../node-engine/node/faults/fault.ts';
import { LinkFaultGate } from '../../node-engine/node/faults/link-fault-gate.ts';
import type { Message } from '../../node-engine/raft/message.ts';

const MESSAGE: Message = {
  type: 'RequestVoteResponse',
  from: '1',
  to: '2',
  term: 1,
  granted: true,
};

test('what one fault of a link loses is not counted as early by another one that delays', () => {
  const chances = [0.5, 0.1, 0.5, 0.9];
  const gate = new LinkFaultGate(() => chances.shift() ?? 0);
  const link = { peerId: '2', direction: 'out' } as const;
  const put = (id: string, fault: LinkFault) => {
    const measured = unmeasured();
    gate.add({ id, fault, sinceMs: 0, untilMs: Infinity, measured }, fault);
    return measured;
  };
  const late = put('f1', { kind: 'link-delay', delayMs: 80, jitterMs: 20, ...link });
  const lost = put('f2', { kind: 'link-drop', probability: 0.2, ...link });
  // The delay draws first, then the loss: the first message is lost, the second one goes on.
  expect([1, 2].map(() => gate.judge('2', 'out', MESSAGE))).toEqual([null, 80]);
  gate.passed('2', 'out', MESSAGE, 80);
  expect(lost).toMatchObject({ seen: 2, stopped: 1 });
  expect(late).toMatchObject({ seen: 1, stopped: 0, shifted: 1 });
});
