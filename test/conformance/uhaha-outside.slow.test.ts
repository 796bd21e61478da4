import { gunzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { STEADY } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { NodeGroup } from './node-group.ts';
import { commandBytes, WireClient } from './wire-client.ts';

/* What Uhaha does as seen from outside, beyond its own tests. */

const BASE = 26_500;
/** Where the leader is to be lost. */
const IMPATIENT = ['--election-timeout', '400'];

let groups: NodeGroup[] = [];

function group(offset: number, ...flags: readonly string[]): NodeGroup {
  const made = new NodeGroup(BASE + offset, '--dialect', 'uhaha', ...flags);
  groups.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(groups.map((one) => one.dispose()));
  groups = [];
});

const RAFT_ARITY = '-ERR wrong number of arguments, try RAFT HELP';

describe('three voters', () => {
  let nodes: NodeGroup;

  beforeAll(async () => {
    nodes = new NodeGroup(BASE, '--dialect', 'uhaha');
    await nodes.form(3, 1);
  });

  afterAll(async () => {
    await nodes.dispose();
  });

  test('6.4#2 a follower sends everything that needs the leader there', async () => {
    const moved = `-MOVED 0 ${nodes.address(1)}`;
    for (const command of [
      ['SET', 'k', 'v'],
      ['GET', 'k'],
      ['KEYS', '*'],
      ['BARRIER'],
      ['MACHINE'],
      ['RAFT', 'SERVER', 'ADD', '9', nodes.address(9)],
      ['RAFT', 'SERVER', 'REMOVE', '3'],
      ['RAFT', 'SERVER', 'PROMOTE', '3'],
    ]) {
      expect(await nodes.ask(2, ...command)).toBe(moved);
    }
    expect(await nodes.ask(2, 'RAFT', 'SERVER', 'PROMOTE', '99')).toBe('-ERR server not found');
    expect(await nodes.ask(1, 'BARRIER')).toBe('+OK');
    expect(await nodes.ask(1, 'BARRIER', 'x')).toBe('-ERR wrong number of arguments');
  });

  test('6.4#5 addresses are not doubled, and who is unknown can go', async () => {
    expect(await nodes.ask(1, 'RAFT', 'SERVER', 'ADD', '9', nodes.address(3))).toBe(
      `-ERR found duplicate address in configuration: ${nodes.address(3)}`,
    );
    expect(await nodes.ask(1, 'RAFT', 'SERVER', 'REMOVE', '99')).toBe('$1');
    expect(await nodes.ask(1, 'RAFT', 'SERVER', 'DEMOTE', '99')).toBe('$1');
  });

  test('6.4#8 RAFT INFO has 22 pairs, sorted, and patterns choose among them', async () => {
    const all = await nodes.ask(1, 'RAFT', 'INFO');
    const keys = [...all.matchAll(/\$([a-z_]+) (?=\$)/g)].map(([, key]) => key);
    const names =
      'applied_index commit_index fsm_pending id last_contact last_log_index last_log_term ' +
      'last_snapshot_index last_snapshot_term latest_configuration latest_configuration_index ' +
      'logs_behind logs_loaded_percent num_peers protocol_version protocol_version_max ' +
      'protocol_version_min snapshot_version_max snapshot_version_min state term voter';
    expect(keys).toEqual(names.split(' '));
    expect(all).toContain('$logs_loaded_percent $100.0');
    expect(all).toContain(`{Suffrage:Voter ID:1 Address:${nodes.address(1)}}`);
    expect(await nodes.ask(1, 'RAFT', 'INFO', 'logs*', 'state')).toBe(
      '*[$logs_behind $0 $logs_loaded_percent $100.0 $state $Leader]',
    );
    expect(await nodes.ask(1, 'RAFT', 'INFO', 'STATE')).toBe('*0');
    expect(await nodes.ask(2, 'RAFT', 'INFO', 'stat?')).toBe('*[$state $Follower]');
    expect(await nodes.ask(2, 'RAFT', 'INFO', 'stat[e]')).toBe('*0');
  });

  test('6.4#9 subcommands that are none, or have too many arguments', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['RAFT'], RAFT_ARITY],
      [['RAFT', 'LEADER', 'x'], RAFT_ARITY],
      [['RAFT', 'FOO'], "-ERR unknown raft command 'raft foo', try RAFT HELP"],
      [['RAFT', 'SERVER', 'FOO'], "-ERR unknown raft command 'server', try RAFT HELP"],
      [['RAFT', 'SNAPSHOT', 'FOO'], "-ERR unknown raft command 'snapshot', try RAFT HELP"],
      [['RAFT', 'SERVER'], RAFT_ARITY],
      [['CLUSTER'], '-ERR wrong number of arguments, try CLUSTER HELP'],
      [
        ['CLUSTER', 'SHARDS'],
        '-ERR unknown subcommand or wrong number of arguments for ' +
          "'cluster shards', try CLUSTER HELP",
      ],
      [['CLUSTER', 'HELP', 'x'], RAFT_ARITY],
      [['CLUSTER', 'HELP'], '*[+CLUSTER INFO +CLUSTER NODES +CLUSTER SLOTS]'],
    ];
    for (const [command, reply] of cases) expect(await nodes.ask(1, ...command)).toBe(reply);
    const help = await nodes.ask(1, 'RAFT', 'HELP');
    expect(help.match(/\+/g)).toHaveLength(11);
    expect(help).toContain('+RAFT SNAPSHOT READ id [RANGE start end]');
    expect(await nodes.ask(1, 'CLUSTER', 'INFO', 'ignored')).toContain('cluster_known_nodes:3\n');
    expect(await nodes.ask(2, 'CLUSTER', 'SLOTS')).toMatch(
      new RegExp(
        `^\\*\\[\\*\\[:0 :16383 \\*\\[\\$127\\.0\\.0\\.1 :${nodes.port(1)} \\$[0-9a-f]{40}\\]\\]\\]$`,
      ),
    );
  });

  test('6.4#10 snapshots: three are kept, and read as gzip', async () => {
    const ids: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      // Uhaha has a tick between any two snapshots; here an idle cluster has nothing new.
      expect(await nodes.ask(1, 'SET', `turn ${turn}`, 'x'.repeat(40_000))).toBe('+OK');
      const made = await nodes.ask(1, 'RAFT', 'SNAPSHOT', 'NOW');
      const fields = /^\*\[\$id \$(\S+) \$size \$(\d+) \$timestamp \$\d{19}\]$/.exec(made);
      ids.unshift(fields?.[1] ?? made);
    }
    expect(new Set(ids).size).toBe(5);
    const list = await nodes.ask(1, 'RAFT', 'SNAPSHOT', 'LIST');
    expect([...list.matchAll(/\$id \$(\S+)/g)].map(([, id]) => id)).toEqual(ids.slice(0, 3));
    const [id = ''] = ids;
    const read = async (...range: readonly string[]): Promise<string> =>
      nodes.ask(1, 'RAFT', 'SNAPSHOT', 'READ', id, ...range);
    const start = await read('RANGE', '0', '10');
    expect(Buffer.from(start.slice(1), 'latin1').toString('hex')).toMatch(/^1f8b.{16}$/);
    expect(await read('RANGE', '999999999', '10')).toBe('$-1');
    const whole = Buffer.from((await read()).slice(1), 'latin1');
    expect(gunzipSync(whole).length).toBe(Number(/size \$(\d+)/.exec(list)?.[1]));
    for (const range of [
      ['RANGE', '-1', '5'],
      ['RANGE', '0', '0'],
      ['FROM', '0', '5'],
      ['RANGE'],
    ]) {
      expect(await read(...range)).toBe('-ERR syntax error');
    }
    expect(await nodes.ask(1, 'RAFT', 'SNAPSHOT', 'READ', '../../etc/passwd')).toMatch(
      /^-ERR open \S+: no such file or directory$/,
    );
  });

  test('6.4#11 expiry in seconds, and no other option of SET', async () => {
    const untilGone = async (key: string, seconds: string, expiryMs: number): Promise<void> => {
      const startedMs = performance.now();
      expect(await nodes.ask(1, 'SET', key, 'v', 'EX', seconds)).toBe('+OK');
      await until(`${key} is gone`, 30_000, async () => (await nodes.ask(1, 'GET', key)) === '$-1');
      expect(performance.now() - startedMs).toBeGreaterThan(expiryMs);
    };
    await untilGone('brief', '1', 1_000);
    for (const options of [['EX', '0'], ['EX', '-1'], ['EX'], ['EX', 'x'], ['NX'], ['PX', '9']]) {
      expect(await nodes.ask(1, 'SET', 'k', 'v', ...options)).toBe('-ERR syntax error');
    }
    await untilGone('half', '0.5', 500);
  });

  test('6.4#12 TICK is no command; what Redis clients send first is', async () => {
    expect(await nodes.ask(1, 'TICK')).toBe("-ERR unknown command 'tick'");
    expect(await nodes.ask(1, 'SELECT', '0')).toBe('+OK');
    expect(await nodes.ask(1, 'COMMAND', 'COUNT')).toMatch(/^:\d+$/);
    expect(await nodes.ask(1, 'CLIENT', 'ID')).toMatch(/^:\d+$/);
    expect(await nodes.ask(1, 'HELLO', '2')).toContain('$raftdeck');
  });

  test('6.4#19 a pipeline reads what it has written, and is answered in order', async () => {
    const leader = await WireClient.open(nodes.port(1));
    const writes = [
      ['SET', 'n', '1'],
      ['GET', 'n'],
      ['SET', 'n', '2'],
      ['GET', 'n'],
    ];
    leader.write(Buffer.concat(writes.map((command) => commandBytes(...command))));
    expect(await leader.many(4)).toEqual(['+OK', '$1', '+OK', '$2']);
    leader.close();
    const follower = await WireClient.open(nodes.port(2));
    const mixed = [['PING'], ['SET', 'n', '3'], ['GET', 'n'], ['PING'], ['FOO']];
    follower.write(Buffer.concat(mixed.map((command) => commandBytes(...command))));
    const moved = `-MOVED 0 ${nodes.address(1)}`;
    expect(await follower.many(5)).toEqual([
      '+PONG',
      moved,
      moved,
      '+PONG',
      "-ERR unknown command 'foo'",
    ]);
    follower.close();
  });

  test('6.4#20b MONITOR shows what others send, and nothing of the cluster', async () => {
    const monitor = await WireClient.open(nodes.port(1));
    expect(await monitor.ask('MONITOR')).toBe('+OK');
    await nodes.ask(1, 'RAFT', 'LEADER');
    await nodes.ask(1, 'CLUSTER', 'INFO');
    await nodes.ask(1, 'MACHINE');
    await nodes.ask(1, 'AUTH', 'secret');
    await nodes.ask(1, 'SET', 'k', 'a"b\n');
    await nodes.ask(1, 'ping');
    const at = String.raw`\+\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\]`;
    expect(await monitor.next()).toMatch(new RegExp(String.raw`^${at} "set" "k" "a\\"b\\n"$`));
    expect(await monitor.next()).toMatch(new RegExp(`^${at} "ping"$`));
    // What the monitor itself sends is answered in its turn.
    expect(await monitor.ask('VERSION')).toMatch(/^\$raftdeck version /);
    expect(await monitor.next()).toMatch(/"version"$/);
    monitor.close();
  });

  test('6.4#21 MACHINE and VERSION take what they take', async () => {
    expect(await nodes.ask(1, 'MACHINE', 'x')).toBe('-ERR syntax error');
    expect(await nodes.ask(1, 'VERSION', 'x')).toBe('-ERR wrong number of arguments');
    expect(await nodes.ask(1, 'MACHINE')).toMatch(
      /^\*\[\$boottime \$\d{19} \$now \$\d{19} \$uptime \$\d+\]$/,
    );
    expect(await nodes.ask(1, 'MACHINE', 'HUMAN')).toMatch(
      /^\*\[\$boottime \$[\dT:.-]+Z \$now \$[\dT:.-]+Z \$uptime \$[\dhms.]+\]$/,
    );
  });
});

test('6.4#1 a node without a cluster', async () => {
  const nodes = group(10);
  nodes.start(1, '--wait');
  await nodes.untilWaiting(1);
  expect(await nodes.ask(1, 'RAFT', 'LEADER')).toBe('$');
  for (const command of [['SET', 'k', 'v'], ['GET', 'k'], ['MACHINE']]) {
    expect(await nodes.ask(1, ...command)).toBe('-CLUSTERDOWN node is not the leader');
  }
  expect(await nodes.ask(1, 'CLUSTER', 'SLOTS')).toBe('-CLUSTERDOWN The cluster is down');
  expect(await nodes.ask(1, 'RAFT', 'SNAPSHOT', 'LIST')).toBe('*0');
  expect(await nodes.ask(1, 'RAFT', 'INFO', 'voter')).toBe('*[$voter $false]');
  expect(await nodes.ask(1, 'RAFT', 'INFO')).toContain('$state $Follower');
});

test('6.4#3–4 joining through a follower, voting and not voting', async () => {
  const nodes = group(20);
  await nodes.form(2, 1);
  nodes.start(3, '-j', nodes.address(2), '--nonvoter');
  const list = async (): Promise<string> => nodes.ask(1, 'RAFT', 'SERVER', 'LIST');
  const three = (voter: boolean): string =>
    `$id $3 $address $${nodes.address(3)} $leader $false $voter $${String(voter)}`;
  await until('node 3 is a non-voter', 30_000, async () => (await list()).includes(three(false)));
  await nodes.untilLed(3);
  await until('node 3 knows what it is', 30_000, async () => {
    const info = await nodes.ask(3, 'RAFT', 'INFO', 'voter', 'num_peers', 'logs_behind');
    return info === '*[$logs_behind $0 $num_peers $0 $voter $false]';
  });
  await nodes.untilCaughtUp(1, '3');
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'PROMOTE', '3')).toBe('$1');
  expect(await list()).toContain(three(true));
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'DEMOTE', '3')).toBe('$1');
  expect(await list()).toContain(three(false));
});

test('6.4#3 joining through a follower works with --try-errors too', async () => {
  const nodes = group(30, '--try-errors');
  await nodes.form(2, 1);
  nodes.start(3, '-j', nodes.address(2));
  await nodes.untilVoters(1, 3);
});

test('6.4#6 a leader that is demoted or removed hands over; the only voter stays', async () => {
  const nodes = group(40);
  await nodes.form(1, 1);
  for (const word of ['REMOVE', 'DEMOTE']) {
    expect(await nodes.ask(1, 'RAFT', 'SERVER', word, '1')).toMatch(
      /^-ERR need at least one voter in configuration: \{\[.*\]\}$/,
    );
  }
  nodes.start(2, '-j', nodes.address(1));
  nodes.start(3, '-j', nodes.address(1));
  await nodes.untilVoters(1, 3);
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'DEMOTE', '1')).toBe('$1');
  const second = await nodes.leader([1, 2, 3]);
  expect(second).not.toBe(1);
  expect(await nodes.ask(second, 'RAFT', 'SERVER', 'LIST')).toContain('$id $1');
  await until('node 1 follows without a vote', 30_000, async () => {
    return (
      (await nodes.ask(1, 'RAFT', 'INFO', 'voter', 'state')) === '*[$state $Follower $voter $false]'
    );
  });
  expect(await nodes.ask(1, 'SET', 'k', 'v')).toBe(`-MOVED 0 ${nodes.address(second)}`);
});

test('6.4#7 a removed follower never stands for election, not after a restart either', async () => {
  const nodes = group(50);
  await nodes.form(3, 1);
  const term = async (node: number): Promise<string> => nodes.ask(node, 'RAFT', 'INFO', 'term');
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'REMOVE', '3')).toBe('$1');
  const isOut = async (): Promise<boolean> => (await nodes.tryAsk(3, 'RAFT', 'LEADER')) === '$';
  await until('node 3 has no leader', 30_000, isOut);
  await nodes.processes.get(3)?.stop();
  // In a hurry, while the others would bear a slow leader.
  nodes.start(3, '-j', nodes.address(1), '--election-timeout', '100');
  await until('node 3 is back and has no leader', 30_000, isOut);
  const [before, own] = [await term(1), await term(3)];
  // Long enough for several election timeouts of its own.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await term(1)).toBe(before);
  expect(await term(3)).toBe(own);
  expect(await nodes.ask(3, 'RAFT', 'INFO', 'state')).toBe('*[$state $Follower]');
  expect(await nodes.ask(3, 'SET', 'k', 'v')).toBe('-CLUSTERDOWN node is not the leader');
});

test('F5 a removed node is taken back when the leader adds it again', async () => {
  const nodes = group(140);
  await nodes.form(3, 1);
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'REMOVE', '3')).toBe('$1');
  await until('node 3 has no leader', 30_000, async () => {
    return (await nodes.tryAsk(3, 'RAFT', 'LEADER')) === '$';
  });
  expect(await nodes.ask(1, 'RAFT', 'SERVER', 'ADD', '3', nodes.address(3))).toBe('$1');
  await nodes.untilVoters(1, 3);
  await nodes.untilLed(3);
});

test('6.4#13 with a secret, nobody may do anything without it', async () => {
  const nodes = group(130);
  nodes.start(1, '--auth', 'open sesame');
  await until('the node listens', 30_000, () => {
    return nodes.processes.get(1)?.stderr.includes('ready for commands') ?? false;
  });
  const client = await WireClient.open(nodes.port(1));
  for (const command of [['PING'], ['SET', 'k', 'v'], ['FOO'], ['SHUTDOWN'], ['AUTH', 'bad']]) {
    expect(await client.ask(...command)).toBe('-ERR unauthorized');
  }
  expect(await client.ask('AUTH', 'open sesame')).toBe('+OK');
  expect(await client.ask('PING')).toBe('+PONG');
  expect(await client.ask('AUTH', 'default', 'open sesame')).toBe('-ERR wrong number of arguments');
  expect(await client.ask('AUTH', 'bad')).toBe('-ERR unauthorized');
  expect(await client.ask('PING')).toBe('-ERR unauthorized');
  expect(await client.ask('QUIT')).toBe('+OK');
  client.close();

  // Who joins proves that it has the cluster's secret, not what clients say.
  const other = join(nodes.folder.path, 'other.secret');
  writeFileSync(other, 'another secret altogether', { mode: 0o600 });
  const stranger = nodes.start(2, '-j', nodes.address(1), '--secret-file', other);
  expect((await stranger.ended).code).toBe(1);
  expect(stranger.stderr).toContain('unauthorized');
  nodes.start(3, '-j', nodes.address(1), '--auth', 'open sesame');
  const again = await WireClient.open(nodes.port(1));
  expect(await again.ask('AUTH', 'open sesame')).toBe('+OK');
  await until('node 3 is in', 30_000, async () => {
    return (await again.ask('RAFT', 'SERVER', 'LIST')).includes('$id $3');
  });
  again.close();
});

test('6.4#14 a follower with --openreads answers reads, one without sends them on', async () => {
  const nodes = group(60);
  await nodes.form(2, 1);
  nodes.start(3, '-j', nodes.address(1), '--openreads');
  await nodes.untilVoters(1, 3);
  expect(await nodes.ask(1, 'SET', 'k', 'v')).toBe('+OK');
  await until('the follower has it', 30_000, async () => (await nodes.ask(3, 'GET', 'k')) === '$v');
  expect(await nodes.ask(3, 'KEYS', '*')).toBe('*[$k]');
  expect(await nodes.ask(3, 'MACHINE')).toMatch(/^\*\[\$boottime \$\d+ /);
  expect(await nodes.ask(2, 'GET', 'k')).toBe(`-MOVED 0 ${nodes.address(1)}`);
});

test('6.4#15 a leader without a majority says so', async () => {
  const nodes = group(70, ...IMPATIENT);
  await nodes.form(2, 1);
  await nodes.kill(2);
  expect(await nodes.ask(1, 'SET', 'k', 'v')).toMatch(
    /^-CLUSTERDOWN (?:leadership lost while committing log|node is not the leader)$/,
  );
  await until('it leads no more', 30_000, async () => {
    return (await nodes.ask(1, 'RAFT', 'INFO', 'state')) !== '*[$state $Leader]';
  });
  for (const command of [['SET', 'k', 'v'], ['GET', 'k'], ['BARRIER']]) {
    expect(await nodes.ask(1, ...command)).toBe('-CLUSTERDOWN node is not the leader');
  }
});

test('6.4#16 --try-errors: TRY, plain texts, and no CLUSTER', async () => {
  const nodes = group(80, '--try-errors', ...IMPATIENT);
  await nodes.form(2, 1);
  expect(await nodes.ask(2, 'SET', 'k', 'v')).toBe(`-TRY ${nodes.address(1)}`);
  expect(await nodes.ask(2, 'CLUSTER', 'INFO')).toBe("-ERR unknown command 'cluster'");
  await nodes.kill(1);
  await until('nobody leads', 30_000, async () => {
    return (await nodes.ask(2, 'SET', 'k', 'v')) === '-ERR node is not the leader';
  });
});

test('6.4#17 the advertised address is told, and cannot change', async () => {
  const nodes = group(90);
  const local = `localhost:${nodes.port(1)}`;
  nodes.start(1, '--advertise', local);
  await nodes.untilLed(1);
  nodes.start(2, '-j', local);
  await nodes.untilVoters(1, 2);
  expect(await nodes.ask(2, 'RAFT', 'LEADER')).toBe(`$${local}`);
  expect(await nodes.ask(2, 'SET', 'k', 'v')).toBe(`-MOVED 0 ${local}`);
  await nodes.processes.get(1)?.stop();
  const again = nodes.start(1, '--advertise', nodes.address(1));
  expect((await again.ended).code).toBe(1);
  expect(again.stderr).toContain(
    `advertise address change from "${local}" to "${nodes.address(1)}"`,
  );
});

test('6.4#18 a port alone: told to others as 0.0.0.0, reachable from this machine only', async () => {
  const nodes = group(100);
  const directory = nodes.directory(1);
  nodes.folder.start([
    'node',
    '--dialect',
    'uhaha',
    '-a',
    `:${nodes.port(1)}`,
    '-d',
    directory,
    ...STEADY,
  ]);
  expect(await nodes.untilLed(1)).toBe(`$0.0.0.0:${nodes.port(1)}`);
  nodes.start(2, '-j', nodes.address(1));
  await nodes.untilVoters(1, 2);
  expect(await nodes.ask(2, 'SET', 'k', 'v')).toBe(`-MOVED 0 0.0.0.0:${nodes.port(1)}`);
});

test('6.4#22 what is wrong on the command line ends the start, with the reason', async () => {
  const nodes = group(110);
  const cert = join(nodes.folder.path, 'cert.pem');
  writeFileSync(cert, '');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['-l', 'zzz'], /invalid -l: 'zzz'/],
    [['--backend', 'zzz'], /invalid --backend: 'zzz'/],
    [['--advertise', 'host'], /it has no port/],
    [['--advertise', 'host:x'], /invalid port 'x'/],
  ];
  for (const [flags, reason] of cases) {
    const started = nodes.start(1, ...flags);
    expect((await started.ended).code).toBe(2);
    expect(started.stderr).toMatch(reason);
  }
});

test("6.4#20 a machine of one's own: filtered commands, names of the node, a catch-all", async () => {
  const nodes = group(150);
  const machine = join(nodes.folder.path, 'own.mjs');
  writeFileSync(
    machine,
    `import { defineMachine, instead } from 'raftdeck';
    export default defineMachine({
      name: 'own', version: '1.0.0', snapshot: 'json', initial: () => ({ kept: '' }),
      commands: {
        KEEP: { kind: 'write', run: ({ state, args }) => { state.kept = String(args[0]); return 'kept'; } },
        PIN: { kind: 'intermediate', run: () => instead('KEEP', 'pinned') },
        VERSION: { kind: 'read', run: () => 'mine' },
      },
      catchAll: ({ name }) => 'caught ' + name,
    });`,
  );
  nodes.start(1, '--machine', machine);
  await nodes.untilLed(1);
  const client = await WireClient.open(nodes.port(1));
  const commands = [['PIN'], ['PING'], ['VERSION'], ['FETCH'], ['TICK']];
  client.write(Buffer.concat(commands.map((command) => commandBytes(...command))));
  expect(await client.many(5)).toEqual([
    '$kept',
    '+PONG',
    expect.stringMatching(/^\$raftdeck version /),
    '$caught fetch',
    "-ERR unknown command 'tick'",
  ]);
  client.close();
});
