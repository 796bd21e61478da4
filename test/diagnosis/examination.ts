import { expect } from 'vitest';

import type { Diagnosis } from '../../renderer/features/why/diagnose.ts';
import type { NearMiss } from './near-misses.ts';
import type { Patient } from './patient.ts';
import type { RealCause } from './real-causes.ts';

/** So long a near miss is watched. */
const WATCHED_MS = 4_000;
const LOOK_EVERY_MS = 100;

/** What one examination found; a line of `npm run diagnosis -- --json`. */
export interface Examined {
  readonly kind: 'cause' | 'near-miss' | 'healthy';
  readonly name: string;
  readonly seed: number;
  readonly nodes: number;
  /** From the end of the infliction to the verdict, ms; null where none was due. */
  readonly afterMs: number | null;
  /** The verdict, or what was said instead of one. */
  readonly said: string;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function ruleOf(diagnosis: Diagnosis | null): string | null {
  return diagnosis?.verdict?.rule ?? null;
}

/**
 * Inflicts a cause and holds every answer from then on against it: the first verdict must be the right
 * one, name the right nodes, and stay for `heldMs`. No answer yet is no wrong answer.
 */
export async function examine(
  patient: Patient,
  cause: RealCause,
  heldMs: number,
): Promise<Examined> {
  await patient.healthy();
  expect(patient.diagnosis()).toBeNull();
  const named = await cause.inflict(patient);
  const since = Date.now();
  // A link that works one way takes no leader away; it makes one of the others ask for another.
  const question = cause.rule === 'leader-heard' ? 'degraded' : 'no-leader';
  const verdict = await patient.untilExplained(cause.rule, question);
  const afterMs = Date.now() - since;
  const about = `${verdict.sentence} ${JSON.stringify(verdict.nodeIds)} of ${named.join()}`;
  if (cause.isAmong === true) {
    expect(named, about).toEqual(expect.arrayContaining([...verdict.nodeIds]));
  } else {
    expect([...verdict.nodeIds].sort(), about).toEqual([...named].sort());
  }
  expect(verdict.nodeIds.length, about).toBeGreaterThan(0);
  expect(verdict.steps.length, about).toBeGreaterThan(0);
  expect(verdict.evidence.length, about).toBeGreaterThan(0);
  const untilMs = Date.now() + heldMs;
  while (cause.isPassing !== true && Date.now() < untilMs) {
    const later = patient.diagnosis();
    expect([later?.question, ruleOf(later)], JSON.stringify(later)).toEqual([question, cause.rule]);
    await pause();
  }
  const nodes = patient.view().nodes.length;
  const kind = 'cause';
  return { kind, name: cause.rule, seed: patient.seed, nodes, afterMs, said: verdict.sentence };
}

/** Nothing may explain a missing leader, and what is said of single nodes must be true of them. */
export async function watchNearMiss(patient: Patient, miss: NearMiss): Promise<Examined> {
  const { nodeIds, rules, isLasting } = await miss.disturb(patient);
  const since = Date.now();
  const untilMs = since + WATCHED_MS;
  let afterMs: number | null = null;
  let said = 'nothing';
  while (Date.now() < untilMs) {
    const found = patient.diagnosis();
    const verdict = found?.verdict ?? null;
    if (found !== null && verdict !== null) {
      const about = `${miss.name}: ${JSON.stringify(found)}`;
      expect(found.question, about).toBe('degraded');
      expect(rules, about).toContain(verdict.rule);
      expect(nodeIds, about).toEqual(expect.arrayContaining([...verdict.nodeIds]));
      afterMs ??= Date.now() - since;
      said = verdict.sentence;
    }
    await pause();
  }
  if (isLasting) expect(said, `${miss.name} is not explained`).not.toBe('nothing');
  const nodes = patient.view().nodes.length;
  return { kind: 'near-miss', name: miss.name, seed: patient.seed, nodes, afterMs, said };
}

/** Ordinary days: clients, snapshots, shrunk logs and handovers raise no question that has a cause. */
export async function watchHealthy(patient: Patient, forMs: number): Promise<Examined> {
  const untilMs = Date.now() + forMs;
  let done = 0;
  while (Date.now() < untilMs) {
    await patient.ordinaryDay();
    done += 1;
    for (let looks = 0; looks < 5 && Date.now() < untilMs; looks += 1) {
      const found = patient.diagnosis();
      expect(found?.verdict ?? null, JSON.stringify(found)).toBeNull();
      await pause();
    }
  }
  const nodes = patient.view().nodes.length;
  const said = `nothing in ${String(Math.round(forMs / 1_000))} s and ${String(done)} operations`;
  return { kind: 'healthy', name: 'healthy', seed: patient.seed, nodes, afterMs: null, said };
}
