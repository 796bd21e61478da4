import { expect, test } from 'vitest';

import type { StepView } from '../../../../main/contract/model.ts';
import {
  createRequest,
  EMPTY_FORM,
  portProblem,
  portsOf,
  spareText,
} from '../../../../renderer/features/clusters/create-form.ts';
import { creationSteps } from '../../../../renderer/features/clusters/creation-steps.ts';

test('a form nobody touched asks for three nodes on the ports that were shown', () => {
  expect(createRequest(EMPTY_FORM, 7481)).toEqual({ nodes: 3, basePort: 7481 });
  expect(createRequest(EMPTY_FORM, null)).toEqual({ nodes: 3 });
});

test('what was chosen is asked for, without the spaces round it', () => {
  expect(
    createRequest(
      {
        nodes: 5,
        name: ' orders lab ',
        basePort: '9000',
        machine: ' ./ticket.ts ',
        backend: 'memory',
        durability: 'low',
      },
      7481,
    ),
  ).toEqual({
    nodes: 5,
    name: 'orders lab',
    basePort: 9000,
    machine: './ticket.ts',
    backend: 'memory',
    durability: 'low',
  });
});

test.each([
  ['', null],
  ['7481', null],
  ['65533', null],
  ['65534', '3 nodes need ports up to 65536; the last one is 65535.'],
  ['0', 'A port is a number from 1 to 65535.'],
  ['80', 'Ports below 1024 belong to the system.'],
  ['-1', 'A port is a number from 1 to 65535.'],
  ['7481.5', 'A port is a number from 1 to 65535.'],
  ['abc', 'A port is a number from 1 to 65535.'],
])('the first port %j has the problem %j', (basePort, problem) => {
  expect(portProblem({ ...EMPTY_FORM, basePort })).toBe(problem);
});

test('a wrong port is not used; the suggestion is shown on', () => {
  expect(portsOf({ ...EMPTY_FORM, basePort: 'abc' }, 7481)).toEqual([7481, 7483]);
  expect(portsOf({ ...EMPTY_FORM, basePort: '9000' }, 7481)).toEqual([9000, 9002]);
  expect(portsOf(EMPTY_FORM, null)).toBeNull();
});

test('each size says what it can lose', () => {
  expect([1, 3, 5, 7, 9].map(spareText)).toEqual([
    'no spare',
    'can lose 1',
    'can lose 2',
    'can lose 3',
    'can lose 4',
  ]);
});

function step(name: string, state: StepView['state'], detail: string | null = null): StepView {
  return { name, state, detail, elapsedMs: state === 'waiting' ? null : 400 };
}

function rows(steps: readonly StepView[]): readonly string[] {
  const operation = { kind: 'create', nodeId: null, steps, state: 'running' } as const;
  return creationSteps(3, null, operation).map(
    ({ name, state, detail }) => `${name}: ${state}${detail === null ? '' : `, ${detail}`}`,
  );
}

test('the steps that are shown before are the ones that fill afterwards', () => {
  const names = (at: readonly { readonly name: string }[]): readonly string[] =>
    at.map(({ name }) => name);
  const operation = {
    kind: 'create',
    nodeId: null,
    state: 'running',
    steps: ['Choose ports', 'Start node-1', 'Start node-2', 'Start node-3', 'Elect a leader'].map(
      (name) => step(name, 'waiting'),
    ),
  } as const;
  expect(names(creationSteps(3, [7481, 7483], null)).slice(0, 3)).toEqual(
    names(creationSteps(3, null, operation)),
  );
});

test('the starts of the nodes are one row, as far as the slowest and as bad as the worst', () => {
  expect(
    rows([
      step('Choose ports', 'done', '7481'),
      step('Start node-1', 'done'),
      step('Start node-2', 'running'),
      step('Start node-3', 'running'),
      step('Elect a leader', 'waiting'),
    ]),
  ).toEqual([
    'Choose ports: done, 7481',
    'Start 3 nodes: running, 1 of 3 answer',
    'Elect a leader: waiting',
  ]);
  expect(
    rows([step('Start node-1', 'done'), step('Start node-2', 'failed', 'port 7482 is taken')]),
  ).toEqual(['Start 2 nodes: failed, node-2: port 7482 is taken']);
  expect(rows([step('Start node-2', 'failed', 'node-2 has ended: exit code 2')])).toEqual([
    'Start 1 node: failed, node-2 has ended: exit code 2',
  ]);
});
