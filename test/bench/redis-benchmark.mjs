import { spawn } from 'node:child_process';

/**
 * @typedef {{ port: number, test: 'ping' | 'set' | 'get', pipeline: number, clients: number,
 *   requests: number, valueBytes?: number, keys?: number }} BenchmarkLoad
 */

const KEYS = 100_000;
/** A run that has not ended by then never will. */
const LIMIT_MS = 300_000;

/**
 * Runs redis-benchmark for one command.
 *
 * @param {BenchmarkLoad} load
 */
export async function runBenchmark(load) {
  const { port, test, pipeline, clients, requests, valueBytes = 16, keys = KEYS } = load;
  // Its ping_mbulk is the PING that clients send; `ping` would run the inline form too.
  const name = test === 'ping' ? 'ping_mbulk' : test;
  const args = ['-p', port, '-t', name, '-P', pipeline, '-c', clients, '-n', requests];
  const more = ['-d', valueBytes, '-r', keys, '--precision', 3];
  const child = spawn('redis-benchmark', [...args, ...more].map(String), {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    // What it rewrites a hundred times is its progress; the reason stands on a line of its own.
    const said = output.replaceAll(/^.*\r/gmu, '').trim().slice(-2_000);
    throw new Error(`redis-benchmark ended with ${String(code)}: ${said}`);
  }
  return benchmarkFigures(output);
}

/**
 * The figures in what redis-benchmark prints.
 *
 * @param {string} output
 */
export function benchmarkFigures(output) {
  // It counts a refused command like an answered one.
  const refused = /Error from server: [^\r\n]*/u.exec(output)?.[0];
  if (refused !== undefined) throw new Error(`redis-benchmark met ${refused}`);
  const perSecond = Number(
    /throughput summary: (?<rate>[\d.]+) requests/u.exec(output)?.groups?.['rate'],
  );
  // Under avg, min, p50, p95, p99 and max.
  const latencies = /latency summary \(msec\):\s*\n.*max\s*\n(?<row>[\d. ]+)/u.exec(output);
  const [, , p50Ms = Number.NaN, , p99Ms = Number.NaN] = (latencies?.groups?.['row'] ?? '')
    .trim()
    .split(/\s+/u)
    .map(Number);
  const percentiles = [...output.matchAll(/^(?<share>[\d.]+)% <= (?<ms>[\d.]+) milli/gmu)];
  const last = percentiles.find(({ groups }) => Number(groups?.['share']) >= 99.9);
  const p999Ms = Number(last?.groups?.['ms']);
  if (!(perSecond > 0) || !(p50Ms >= 0) || !(p999Ms >= 0)) {
    throw new Error(`redis-benchmark said: ${output.slice(-2_000)}`);
  }
  return { perSecond, p50Ms, p99Ms, p999Ms };
}
