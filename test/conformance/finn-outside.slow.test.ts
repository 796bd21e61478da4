import { afterEach, expect, test } from 'vitest';

import { until } from '../cluster/raftdeck-process.ts';
import { NodeGroup } from './node-group.ts';
import { commandBytes, WireClient } from './wire-client.ts';

/* What Finn does as seen from outside, beyond its own tests. */

const BASE = 26_200;
/** Where the leader is to be lost. */
const IMPATIENT = ['--election-timeout', '400'];

let groups: NodeGroup[] = [];

function group(offset: number, ...flags: readonly string[]): NodeGroup {
  const made = new NodeGroup(BASE + offset, '--dialect', 'finn', ...flags);
  groups.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(groups.map((one) => one.dispose()));
  groups = [];
});

test('6.3#1 a node without a cluster: nobody leads, nothing is done', async () => {
  const nodes = group(0);
  // Uhaha and Finn need a second to elect the only node; here it leads at once, and --wait shows it.
  nodes.start(1, '--wait');
  await nodes.untilWaiting(1);
  expect(await nodes.ask(1, 'ping')).toBe('+PONG');
  expect(await nodes.ask(1, 'raftstate')).toBe('$Follower');
  expect(await nodes.ask(1, 'raftleader')).toBe('$-1');
  expect(await nodes.ask(1, 'set', 'k', 'v')).toBe('-ERR leader not known');
  expect(await nodes.ask(1, 'raftsnapshot')).toBe('-ERR Nothing new to snapshot');
  expect(await nodes.ask(1, 'raftaddpeer', nodes.address(2))).toBe('-ERR leader not known');
});

test('6.3#2–6 what a follower answers, and how a node joins through it', async () => {
  const nodes = group(10);
  nodes.start(1, '-consistency', 'high');
  await nodes.untilLed(1);
  nodes.start(2, '-consistency', 'high', '-j', nodes.address(1));
  await nodes.untilVoters(1, 2);
  const tryLeader = `-TRY ${nodes.address(1)}`;

  // 6.3#2
  nodes.start(3, '-join', nodes.address(2));
  await nodes.untilVoters(1, 3);

  // 6.3#3
  for (const known of [1, 2]) {
    expect(await nodes.ask(1, 'raftaddpeer', nodes.address(known))).toBe('-peer already known');
  }
  expect(await nodes.ask(2, 'raftaddpeer', nodes.address(9))).toBe(tryLeader);
  expect(await nodes.ask(2, 'raftremovepeer', nodes.address(3))).toBe(tryLeader);

  // 6.3#4
  const setArity = "-ERR wrong number of arguments for 'SET' command";
  expect(await nodes.ask(2, 'SET', 'k')).toBe(setArity);
  expect(await nodes.ask(2, 'SET', 'k', 'v', 'EX', '9')).toBe(setArity);
  expect(await nodes.ask(2, 'FOO')).toBe("-ERR unknown command 'FOO'");

  // 6.3#5
  const client = await WireClient.open(nodes.port(2));
  const pipeline = [['PING'], ['SET', 'k', 'v'], ['PING'], ['FOO'], ['SET', 'p']];
  client.write(Buffer.concat(pipeline.map((command) => commandBytes(...command))));
  expect(await client.many(5)).toEqual([
    '+PONG',
    tryLeader,
    '+PONG',
    "-ERR unknown command 'FOO'",
    setArity,
  ]);
  client.close();

  // 6.3#6
  expect(await nodes.ask(1, 'SET', 'seen', 'here')).toBe('+OK');
  expect(await nodes.ask(2, 'GET', 'seen')).toBe(tryLeader);
  nodes.start(4, '-join', nodes.address(1), '-consistency', 'low');
  await until('the new follower has the data', 30_000, async () => {
    return (await nodes.tryAsk(4, 'GET', 'seen')) === '$here';
  });
  expect(await nodes.ask(4, 'KEYS', 's*')).toBe('*[$seen]');
  // A bracket is a bracket in Finn.
  expect(await nodes.ask(4, 'KEYS', '[s]*')).toBe('*0');
});

test('6.3#7 a removed follower knows no leader and writes nothing', async () => {
  const nodes = group(20);
  await nodes.form(3, 1);
  expect(await nodes.ask(1, 'raftremovepeer', nodes.address(3))).toBe('+OK');
  await until('the removed node has heard', 30_000, async () => {
    return (await nodes.ask(3, 'set', 'k', 'v')) === '-ERR leader not known';
  });
  expect(await nodes.ask(3, 'get', 'k')).toBe('-ERR leader not known');
  expect(await nodes.ask(3, 'raftstate')).toBe('$Follower');
  expect(await nodes.ask(3, 'raftpeers')).not.toContain(nodes.address(3));
});

test('6.3#8 a leader without a majority says so, and stops leading', async () => {
  const nodes = group(30, ...IMPATIENT);
  await nodes.form(2, 1);
  await nodes.kill(2);
  const lost = await nodes.ask(1, 'set', 'k', 'v');
  expect(lost).toMatch(/^-(?:leadership lost while committing log|ERR leader not known)$/);
  await until('it leads no more', 30_000, async () => {
    return (await nodes.ask(1, 'raftstate')) !== '$Leader';
  });
  expect(await nodes.ask(1, 'raftstate')).toMatch(/^\$(?:Follower|Candidate)$/);
  expect(await nodes.ask(1, 'set', 'k', 'v')).toBe('-ERR leader not known');
  expect(await nodes.ask(1, 'get', 'k')).toBe('-ERR leader not known');
});

test('6.3#9 a leader dies, another leads within 4 s, and the old one follows', async () => {
  const nodes = group(40, ...IMPATIENT);
  await nodes.form(3, 1);
  const { stderr } = nodes.processes.get(1) ?? { stderr: '' };
  expect(stderr).toContain('bootstrapping new cluster');
  // As long as they have not heard otherwise, the followers name the leader that they know.
  for (const node of [2, 3]) {
    expect(await nodes.ask(node, 'set', 'k', 'v')).toBe(`-TRY ${nodes.address(1)}`);
  }
  await nodes.kill(1);
  const startedMs = performance.now();
  const seen = new Set<string>();
  await until('a write is taken', 30_000, async () => {
    const replies = await Promise.all([2, 3].map((node) => nodes.ask(node, 'set', 'k', 'v')));
    for (const reply of replies) seen.add(reply);
    return replies.includes('+OK');
  });
  expect(performance.now() - startedMs).toBeLessThan(4_000);
  const [two, three] = [nodes.address(2), nodes.address(3)];
  // The write is the same each time, so one whose outcome is not known may be sent again.
  const lost = '-leadership lost while committing log';
  const allowed = ['+OK', `-TRY ${nodes.address(1)}`, '-ERR leader not known', lost];
  for (const reply of seen) expect([...allowed, `-TRY ${two}`, `-TRY ${three}`]).toContain(reply);
  nodes.start(1);
  await until('the old leader follows', 30_000, async () => {
    return (await nodes.tryAsk(1, 'raftstate')) === '$Follower' && (await nodes.untilLed(1)) !== '';
  });
});

test('6.3#10–11 inline commands, line ends, bad frames, QUIT', async () => {
  const nodes = group(50);
  await nodes.form(1, 1);
  const client = await WireClient.open(nodes.port(1));

  // 6.3#10
  client.write('SET "a b" "c\\nd"\n\r\n\nGET \'a b\'\r\nPING\n');
  expect(await client.many(3)).toEqual(['+OK', '$c\nd', '+PONG']);
  expect(await client.ask('')).toBe("-ERR unknown command ''");
  const bad: readonly (readonly [string, string])[] = [
    ['SET "a\r\n', 'unbalanced quotes in request'],
    ['*x\r\n', 'invalid multibulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$4\r\nPINGxx\r\n', 'invalid bulk length'],
  ];
  for (const [sent, problem] of bad) {
    const broken = await WireClient.open(nodes.port(1));
    // The good commands before a bad frame are run and answered.
    broken.write(Buffer.concat([commandBytes('SET', 'early', '1'), Buffer.from(sent, 'latin1')]));
    expect(await broken.rest()).toBe(`+OK\r\n-ERR Protocol error: ${problem}\r\n`);
    broken.close();
  }

  // 6.3#11
  client.write(commandBytes('QUIT', 'now', 'please'));
  expect(await client.rest()).toBe('+OK\r\n');
  client.close();
});
