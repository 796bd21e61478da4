import { expect, test } from 'vitest';

import { syncsOf } from './fsyncs.mjs';
import { optionsOf, USAGE } from './options.mjs';
import { benchmarkFigures } from './redis-benchmark.mjs';

const OUTPUT = `SET: rps=0.0 (overall: nan) avg_msec=nan (overall: nan)\r====== SET ======
  20000 requests completed in 0.07 seconds
  50 parallel clients

Latency by percentile distribution:
0.000% <= 0.231 milliseconds (cumulative count 32)
50.000% <= 0.687 milliseconds (cumulative count 10048)
99.805% <= 50.495 milliseconds (cumulative count 19968)
99.902% <= 50.527 milliseconds (cumulative count 19990)
100.000% <= 50.927 milliseconds (cumulative count 20000)

Cumulative distribution of latencies:
0.000% <= 0.103 milliseconds (cumulative count 0)
100.000% <= 51.103 milliseconds (cumulative count 20000)

Summary:
  throughput summary: 270270.28 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        2.686     0.224     0.687     2.167    50.367    50.927
`;

test("redis-benchmark's rate, median, p99 and p99.9", () => {
  expect(benchmarkFigures(OUTPUT)).toEqual({
    perSecond: 270_270.28,
    p50Ms: 0.687,
    p99Ms: 50.367,
    p999Ms: 50.527,
  });
});

test('what redis-benchmark counts but the server refused is no figure', () => {
  const refused = 'Error from server: MOVED 5061 127.0.0.1:7482\n';
  expect(() => benchmarkFigures(refused + OUTPUT)).toThrow(
    'redis-benchmark met Error from server: MOVED 5061 127.0.0.1:7482',
  );
  expect(() => benchmarkFigures('Could not connect to Redis')).toThrow('redis-benchmark said');
});

test('a sync is a call for it, or a write to a file that syncs every write', () => {
  const said = [
    'strace: Process 7 attached with 2 threads',
    '[pid     8] fdatasync(21 <unfinished ...>',
    '[pid     7] pwrite64(22, ""..., 96, 4096 <unfinished ...>',
    '[pid     8] <... fdatasync resumed>)   = 0',
    '[pid     7] <... pwrite64 resumed>)    = 96',
    '[pid     7] writev(17, [{iov_base=""..., iov_len=5}], 1) = 5',
    '[pid     7] fsync(23)                   = 0',
    'strace: Process 7 detached',
  ].join('\n');
  expect(syncsOf(said, (descriptor) => descriptor === 22)).toBe(3);
  expect(syncsOf(said, () => false)).toBe(2);
  expect(syncsOf('strace: Process 7 attached\n', () => true)).toBe(0);
});

test('the command line names parts and flags, and is told what is wrong with it', () => {
  expect(optionsOf(['wire', 'growth-log', '--rounds', '5', '--record']).options).toMatchObject({
    parts: ['wire', 'growth-log'],
    rounds: 5,
    scale: 1,
    record: true,
    trials: undefined,
  });
  const { options } = optionsOf([]);
  expect(options?.parts).toContain('wire');
  expect(options?.parts).not.toContain('growth-log');
  expect(optionsOf(['growth']).options?.parts).toContain('growth-log');
  expect(options?.parts.at(-1), 'ends with a kill of all and a read of all').toBe('crash');
  const wrong = [['speed'], ['--rounds', '0'], ['--trials', 'x'], ['--scale', '2'], ['--fast']];
  for (const args of wrong) expect(optionsOf(args).wrong).toBeTypeOf('string');
  expect(optionsOf(['--record', '--scale', '0.1']).wrong).toContain('--record');
  for (const part of options?.parts ?? []) expect(USAGE).toContain(part);
});
