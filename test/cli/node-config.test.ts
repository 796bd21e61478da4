import { expect, test } from 'vitest';
import { resolve } from 'node:path';

import { parseFlags } from '../../main/cli/args/flags.ts';
import { UsageError } from '../../main/cli/args/usage-error.ts';
import { nodeConfig, type NodeConfig } from '../../main/cli/node/node-config.ts';
import { NODE_USAGE } from '../../main/cli/node/node-flags.ts';

function config(...args: readonly string[]): NodeConfig {
  return nodeConfig(parseFlags(NODE_USAGE.flags, args));
}

function problemOf(...args: readonly string[]): string {
  try {
    config(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'no problem';
}

test('without flags a node is node 1 on 127.0.0.1:7481 in ./data, a cluster of one', () => {
  expect(config()).toEqual({
    options: {
      id: '1',
      host: '127.0.0.1',
      port: 7481,
      entry: { type: 'bootstrap' },
      advertise: null,
      directory: resolve('data'),
      backend: 'leveldb',
      durability: 'high',
      consistency: 'high',
      redirect: 'moved',
      dialect: 'redis',
      electionTimeoutMinMs: 400,
      electionTimeoutMaxMs: 800,
      heartbeatIntervalMs: 80,
      snapshots: {
        snapshotEntries: 1_000_000,
        snapshotLogBytes: 256 * 1024 * 1024,
        trailingEntries: 10_000,
      },
      nonVoter: false,
      dial: new Map(),
      timeServer: null,
      faultsAllowed: false,
      tls: null,
    },
    machine: 'kv',
    secretFile: null,
    authFile: null,
    usersFile: null,
    typedPassword: null,
    homeFlag: null,
    loudness: 'notice',
    logFormat: 'text',
    notices: [],
  });
});

test('--http puts one service on the port', () => {
  expect(config('--http').options.services).toHaveLength(1);
});

test("Finn's and Uhaha's spellings mean what they mean there", () => {
  expect(config('-p', '9000').options.port).toBe(9000);
  expect(config('-backend', 'inmem').options.backend).toBe('memory');
  expect(config('-backend', 'inmem').notices).toEqual(['backend inmem is memory here']);
  expect(config('--backend', 'WAL').options.backend).toBe('fastlog');
  expect(config('--backend', 'wal').notices).toEqual(['backend wal is fastlog here']);
  expect(config('--nosync').options.durability).toBe('low');
  expect(config('--openreads').options.consistency).toBe('low');
  expect(config('--try-errors').options.redirect).toBe('try');
  expect(config('-l', 'info').loudness).toBe('notice');
  expect(config('-loglevel', 'silent').loudness).toBe('quiet');
  const second = config('-t', '2', '-a', '127.0.0.1:33000').options;
  expect([second.id, second.port, second.directory]).toEqual(['2', 33002, resolve('data', '2')]);
  expect(second.entry).toEqual({ type: 'join', address: '127.0.0.1:33001' });
  expect(config('-t', '1', '-a', '127.0.0.1:33000').options.entry).toEqual({ type: 'bootstrap' });
});

test('peers may be dialled elsewhere than where they say they are', () => {
  const { dial } = config('--dial', '2=127.0.0.1:9002', '--dial=3=[::1]:9003').options;
  expect([...dial]).toEqual([
    ['2', '127.0.0.1:9002'],
    ['3', '[::1]:9003'],
  ]);
});

test.each([
  [['-a', '70000'], "-a: invalid address '70000': invalid port 70000 (0 to 65535)"],
  [['-a', 'localhost'], "-a: invalid address 'localhost': it has no port; write host:port"],
  [
    ['--join', '::1:7481'],
    "-j: invalid address '::1:7481': an IPv6 address stands in brackets, such as [::1]:7481",
  ],
  [['--advertise', 'h:0'], "--advertise: invalid address 'h:0': invalid port 0 (1 to 65535)"],
  [['-p', '65536'], 'invalid -p: 65536 is not a whole number from 0 to 65535'],
  [['-n', 'a/b'], "invalid node id 'a/b': 1 to 40 letters, digits, dots, dashes or underscores"],
  [['--heartbeat', 'NaN'], "invalid --heartbeat: 'NaN' is not a whole number from 5 to 10000"],
  [['--heartbeat', '0'], 'invalid --heartbeat: 0 is not a whole number from 5 to 10000'],
  [['--heartbeat', '-80'], 'invalid --heartbeat: -80 is not a whole number from 5 to 10000'],
  [
    ['--election-timeout', '1e9'],
    "invalid --election-timeout: '1e9' is not a whole number from 20 to 60000",
  ],
  [
    ['--election-timeout', '1000000000'],
    'invalid --election-timeout: 1000000000 is not a whole number from 20 to 60000',
  ],
  [
    ['--election-timeout', '150', '--heartbeat', '80'],
    'an election timeout of 150 ms is too short for a heartbeat of 80 ms: ' +
      'it must be 161 to 60000 ms (more than twice the heartbeat)',
  ],
  [
    ['--backend', 'levledb'],
    "invalid --backend: 'levledb' is none of leveldb, fastlog, lmdb, memory, inmem, bolt, wal" +
      ' (did you mean leveldb?)',
  ],
  [
    ['-l', 'zzz'],
    "invalid -l: 'zzz' is none of debug, verbose, notice, warning, quiet, verb, info, warn, silent",
  ],
  [['--wait', '-j', 'h:1'], '--wait and -j contradict each other'],
  [['-a', 'h:1', '-p', '1'], '-a and -p contradict each other'],
  [
    ['--localtime', '--time-server', 'h:123'],
    '--localtime and --time-server contradict each other',
  ],
  [['--time-server', 'h'], "--time-server: invalid address 'h': it has no port; write host:port"],
  [['--sync', '--durability', 'low'], '--durability and --sync contradict each other'],
  [['-t', '3', '-n', '3'], '-t and -n contradict each other'],
  [['-j', '127.0.0.1:7481'], '-j 127.0.0.1:7481 is this node itself; name another member'],
  [['-j', 'localhost:7481'], '-j localhost:7481 is this node itself; name another member'],
  [['--nonvoter'], '--nonvoter needs -j: there must be a cluster to join'],
  [['--dial', '2'], "--dial: '2' is not ID=HOST:PORT"],
  [['--dial', '1=h:1'], '--dial: 1 is this node itself'],
  [['--dial', '2=h:1', '--dial', '2=h:2'], '--dial: peer 2 is given twice'],
  [['start'], "'start' is not a flag; a node takes only flags"],
])('%j is refused: %s', (args, problem) => {
  expect(problemOf(...args)).toBe(problem);
});

test('--snapshot-entries 0 means only when asked, however many bytes the log has', () => {
  expect(config('--snapshot-entries', '0').options.snapshots).toEqual({
    snapshotEntries: 0,
    snapshotLogBytes: 0,
    trailingEntries: 10_000,
  });
  expect(config('--snapshot-entries', '5').options.snapshots.snapshotLogBytes).toBeGreaterThan(0);
});
