import { expect, test } from 'vitest';

import { variableOf, withEnvironment } from '../../main/cli/args/environment.ts';
import { parseFlags } from '../../main/cli/args/flags.ts';
import { nodeConfig, type NodeConfig } from '../../main/cli/node/node-config.ts';
import { EXCLUDING_FLAGS, NODE_USAGE } from '../../main/cli/node/node-flags.ts';

const { flags: SPECS } = NODE_USAGE;

function config(env: Readonly<Record<string, string>>, ...args: readonly string[]): NodeConfig {
  const source = { env, excluding: EXCLUDING_FLAGS };
  return nodeConfig(withEnvironment(SPECS, parseFlags(SPECS, args), source));
}

test('every flag has a variable, but for secrets, the home, and a letter without a name', () => {
  const without = SPECS.filter((spec) => variableOf(spec) === null).map(({ name }) => name);
  expect(without.sort()).toEqual(['auth', 'home', 'p', 't']);
  const named = SPECS.map(variableOf).filter((name) => name !== null);
  expect(new Set(named).size).toBe(named.length);
  expect(named).toContain('RAFTDECK_ELECTION_TIMEOUT');
  expect(named).toContain('RAFTDECK_ADDR');
});

test('a variable stands for its flag, and a flag that is typed wins over it', () => {
  const env = { RAFTDECK_ADDR: '127.0.0.1:9', RAFTDECK_ID: 'x', RAFTDECK_OPENREADS: '1' };
  expect(config(env).options).toMatchObject({ port: 9, id: 'x', consistency: 'low' });
  expect(config(env, '-a', '127.0.0.1:8').options.port).toBe(8);
  expect(config({ ...env, RAFTDECK_OPENREADS: 'off' }).options.consistency).toBe('high');
  expect(config({ RAFTDECK_DIAL: '2=h:1,3=h:2' }).options.dial.size).toBe(2);
});

test('a flag that is typed silences the variables of those it contradicts', () => {
  const env = { RAFTDECK_OPENREADS: 'yes', RAFTDECK_ADDR: '127.0.0.1:9', RAFTDECK_NOSYNC: '1' };
  const { options } = config(env, '--consistency', 'high', '-p', '8', '--durability', 'medium');
  expect(options).toMatchObject({ consistency: 'high', port: 8, durability: 'medium' });
});

test('what a variable says is as strict as a flag', () => {
  expect(() => config({ RAFTDECK_ADDR: 'nowhere' })).toThrow('it has no port');
  expect(() => config({ RAFTDECK_OPENREADS: 'maybe' })).toThrow(
    "RAFTDECK_OPENREADS (--openreads): 'maybe' is neither 1 nor 0",
  );
  expect(config({ RAFTDECK_ADDR: '', RAFTDECK_UNKNOWN: 'x' }).options.port).toBe(7481);
});
