/*
 * What `import { … } from 'raftdeck/testing'` gives: a machine of yours on simulated nodes, under
 * faults, in no time.
 */
export { MachineTestError, testMachine } from './trial/test-machine.ts';
export type { MachineTestOptions, MachineTestReport } from './trial/test-machine.ts';
export type { CommandMaker, Dice } from './trial/workload.ts';
