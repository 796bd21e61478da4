import { defineMachine } from '../../machine/define-machine.ts';

/** Hands out numbers: every client gets another one, and none comes twice. */
export const ticket = defineMachine({
  name: 'ticket',
  version: '1.0.0',
  initial: () => ({ last: 0 }),
  commands: {
    TICKET: {
      kind: 'write',
      arity: 1,
      summary: 'Returns the next ticket.',
      complexity: 'O(1)',
      run: ({ state }) => ++state.last,
    },
  },
  snapshot: 'json',
  size: (state) => state.last,
});
