import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { historyLine } from '../../node-engine/check/history-lines.ts';
import type { FaultKind } from './fault.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { NemesisRun, type RunPlan, type RunResult } from './nemesis-run.ts';
import { Recorder } from './recorder.ts';

/** What is asked for. */
export interface NemesisOptions {
  /** Under faults, all runs together; starting, healing and checking come on top. */
  readonly seconds: number;
  /** Names; null = all, in groups that fit. */
  readonly faults: readonly FaultKind[] | null;
  readonly seed: number;
  readonly nodes: number;
  readonly clients: number;
  readonly consistency: RunPlan['consistency'];
  readonly backend: RunPlan['backend'];
  /** Where the history goes, as JSON Lines. */
  readonly historyFile: string | null;
  readonly onRun: (result: RunResult) => void;
}

/** What all runs show together. */
export interface NemesisReport {
  readonly seed: number;
  readonly seconds: number;
  readonly operations: { readonly ok: number; readonly fail: number; readonly info: number };
  readonly anywhereReads: number;
  readonly strikes: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly failover: { readonly count: number; readonly medianMs: number; readonly p99Ms: number };
  readonly skipped: readonly { readonly fault: string; readonly reason: string }[];
  readonly anomalies: readonly string[];
  readonly undecided: readonly string[];
  readonly runs: readonly RunResult[];
}

interface Group {
  readonly machine: RunPlan['machine'];
  readonly faults: readonly string[];
}

/** Faults that strike in one run, in turn. Those that bring their own disks are apart. */
const GROUPS: readonly Group[] = [
  { machine: 'kv', faults: ['kill', 'kill', 'slow-links', 'kill'] },
  { machine: 'suite', faults: ['kill', 'pause', 'kill', 'kill'] },
  { machine: 'kv', faults: ['partition', 'kill', 'one-way', 'packets'] },
  { machine: 'suite', faults: ['disk-full', 'kill'] },
  { machine: 'kv', faults: ['fsync-error', 'kill', 'syscall-error', 'switchboard'] },
  { machine: 'suite', faults: ['membership', 'kill', 'dirty-rejoin'] },
  { machine: 'kv', faults: ['clock', 'kill', 'clock', 'pause'] },
  { machine: 'suite', faults: ['disk-error', 'kill'] },
];
const RUN_SECONDS_MAX = 45;
const RUN_SECONDS_MIN = 6;

/** Runs the suite. Nothing it starts outlives it. */
export async function runNemesis(options: NemesisOptions): Promise<NemesisReport> {
  const startMs = performance.now();
  const skipped: { readonly fault: string; readonly reason: string }[] = [];
  const wanted = (options.faults ?? FAULT_KINDS).filter(({ name, obstacle }) => {
    const reason = obstacle();
    if (reason !== null) skipped.push({ fault: name, reason });
    return reason === null;
  });
  if (options.historyFile !== null) writeFileSync(options.historyFile, '');
  const recorder = new Recorder();
  const results: RunResult[] = [];
  let nextProcess = 1;
  for (const plan of plansOf(options, wanted)) {
    const folder = mkdtempSync(join(tmpdir(), 'raftdeck-nemesis-'));
    try {
      const run = new NemesisRun(plan, recorder, nextProcess);
      mkdirSync(join(folder, 'home'));
      const { result, history } = await run.run(folder);
      nextProcess = run.nextProcess;
      results.push(result);
      options.onRun(result);
      if (options.historyFile !== null) {
        appendFileSync(options.historyFile, history.map((one) => `${historyLine(one)}\n`).join(''));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return reportOf(options, { results, skipped, seconds: (performance.now() - startMs) / 1000 });
}

/** One run for each group, over and over with the machines exchanged, until the time is used. */
function plansOf(options: NemesisOptions, wanted: readonly FaultKind[]): readonly RunPlan[] {
  const groups: readonly { machine: RunPlan['machine']; faults: readonly FaultKind[] }[] =
    options.faults === null
      ? GROUPS.map(({ machine, faults }) => ({
          machine,
          faults: faults.flatMap((name) => wanted.find((kind) => kind.name === name) ?? []),
        })).filter(({ faults }) => faults.length > 0)
      : wanted.map((fault, at) => ({ machine: at % 2 === 0 ? 'kv' : 'suite', faults: [fault] }));
  if (groups.length === 0) return [];
  const share = options.seconds / groups.length;
  const seconds = Math.min(RUN_SECONDS_MAX, Math.max(RUN_SECONDS_MIN, share));
  const count = Math.max(1, Math.round(options.seconds / seconds));
  return Array.from({ length: count }, (_, at): RunPlan => {
    const group = groups[at % groups.length] ?? { machine: 'kv', faults: [] };
    const isSwapped = Math.floor(at / groups.length) % 2 === 1;
    const other = group.machine === 'kv' ? 'suite' : 'kv';
    return {
      ...{ number: at + 1, seconds, nodes: options.nodes, clients: options.clients },
      consistency: options.consistency,
      backend: options.backend,
      machine: isSwapped ? other : group.machine,
      faults: group.faults,
      seed: options.seed * 1_000 + at,
    };
  });
}

function reportOf(
  options: NemesisOptions,
  {
    results,
    skipped,
    seconds,
  }: Pick<NemesisReport, 'skipped' | 'seconds'> & { readonly results: readonly RunResult[] },
): NemesisReport {
  const sum = (of: (result: RunResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const strikes: Record<string, number> = {};
  for (const result of results) {
    for (const [name, count] of Object.entries(result.strikes)) {
      strikes[name] = (strikes[name] ?? 0) + count;
    }
  }
  const failovers = results.flatMap(({ failoverMs }) => failoverMs).sort((a, b) => a - b);
  const at = (part: number): number =>
    failovers[Math.min(failovers.length - 1, Math.floor(failovers.length * part))] ?? 0;
  const named = (of: (result: RunResult) => readonly string[]): readonly string[] =>
    results.flatMap((result) => of(result).map((text) => `run ${result.number}: ${text}`));
  return {
    ...{ seed: options.seed, seconds },
    operations: {
      ok: sum(({ operations }) => operations.ok),
      fail: sum(({ operations }) => operations.fail),
      info: sum(({ operations }) => operations.info),
    },
    anywhereReads: sum(({ anywhereReads }) => anywhereReads),
    ...{ strikes, kills: sum(({ kills }) => kills) },
    failover: { count: failovers.length, medianMs: at(0.5), p99Ms: at(0.99) },
    skipped,
    anomalies: named(({ anomalies }) => anomalies),
    undecided: named(({ undecided }) => undecided),
    runs: results,
  };
}
