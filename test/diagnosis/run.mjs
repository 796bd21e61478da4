/*
 * `npm run diagnosis [-- --rounds 10 --seed 7 --cause frozen --nodes 5 --healthy-minutes 10 --json]`:
 * every cause and every near miss on real nodes, by chance. Prints the seed. With `--json` what was
 * found is printed as one document, and how it went goes to stderr.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    /** One cause ('frozen') or near miss ('one disk full') alone. */
    cause: { type: 'string', default: '' },
    /** 3 or 5; by chance where it is not said. */
    nodes: { type: 'string', default: '0' },
    'healthy-minutes': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const seed = values.seed ?? String(Date.now() % 1_000_000);
const say = values.json ? console.error : console.log;
say(`seed ${seed}, ${values.rounds} rounds`);
const folder = mkdtempSync(join(tmpdir(), 'raftdeck-diagnosis-'));
const findings = join(folder, 'findings.jsonl');
const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', '--project', 'slow', 'test/diagnosis'], {
  stdio: ['ignore', values.json ? 2 : 'inherit', 'inherit'],
  env: {
    ...process.env,
    DIAGNOSIS_ROUNDS: values.rounds,
    DIAGNOSIS_SEED: seed,
    DIAGNOSIS_ONLY: values.cause,
    DIAGNOSIS_NODES: values.nodes,
    DIAGNOSIS_HEALTHY_S: String(60 * Number(values['healthy-minutes'])),
    DIAGNOSIS_FINDINGS: findings,
  },
});
// Who ends this ends the tests, and they end their nodes.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  const lines = existsSync(findings) ? readFileSync(findings, 'utf8').trim().split('\n') : [];
  const found = lines.map((line) => JSON.parse(line));
  const times = found.flatMap(({ kind, afterMs }) => (kind === 'cause' ? [afterMs] : []));
  times.sort((left, right) => left - right);
  const [median, slowest] = [times[times.length >> 1] ?? null, times.at(-1) ?? null];
  const passed = code === 0;
  if (values.json) console.log(JSON.stringify({ seed: Number(seed), passed, found }, null, 1));
  say(
    `seed ${seed}: ${String(times.length)} causes named right at once, after ${String(median)} ms ` +
      `(median), ${String(slowest)} ms at most; ${passed ? 'all passed' : 'FAILED'}`,
  );
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
