import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import type { ProcessIdentity, RunState } from './spawner.ts';

/** What the system's process table says of a pid now. */
export interface ProcessEntry {
  readonly startTime: string;
  /** A zombie has ended; only its exit status waits to be read. */
  readonly state: RunState | 'ended';
}

/** Linux: which boot this is; read once. */
let bootId: string | null = null;

/** The entry of `pid`, or null when there is none or this system cannot say. */
export function processEntry(pid: number): ProcessEntry | null {
  if (process.platform === 'linux') return linuxEntry(pid);
  if (process.platform === 'darwin') return psEntry(pid);
  // Windows tells no start time without starting a shell; there a node is not found again.
  return null;
}

/** Whether the process of that identity is still there, and how. */
export function stateOf(identity: ProcessIdentity): RunState | 'ended' {
  const entry = processEntry(identity.pid);
  if (entry === null) return 'ended';
  return entry.startTime === identity.startTime ? entry.state : 'ended';
}

function linuxEntry(pid: number): ProcessEntry | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Start times count from boot: only together with the boot are they unique.
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // No such process, or it ended between open and read: the same to us.
    return null;
  }
  const entry = parseProcStat(text);
  return entry === null ? null : { ...entry, startTime: `${bootId}/${entry.startTime}` };
}

/** Reads a line of /proc/<pid>/stat (proc(5)): field 3 is the state, field 22 the start time. */
export function parseProcStat(text: string): ProcessEntry | null {
  // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTime = fields[19];
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return null;
  if (state === 'Z' || state === 'X' || state === 'x') return { startTime, state: 'ended' };
  return { startTime, state: state === 'T' || state === 't' ? 'frozen' : 'running' };
}

function psEntry(pid: number): ProcessEntry | null {
  try {
    const text = execFileSync('/bin/ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 2_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return parsePs(text);
  } catch {
    // ps exits with 1 when there is no such process.
    return null;
  }
}

/** Reads a line of `ps -o state=,lstart=`. */
export function parsePs(text: string): ProcessEntry | null {
  const match = /^\s*(\S)\S*\s+(.*\S)\s*$/m.exec(text);
  const state = match?.[1];
  const startTime = match?.[2];
  if (state === undefined || startTime === undefined) return null;
  if (state === 'Z') return { startTime, state: 'ended' };
  return { startTime, state: state === 'T' ? 'frozen' : 'running' };
}
