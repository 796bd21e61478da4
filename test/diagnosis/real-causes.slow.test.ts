import { appendFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';

import { Dice } from '../renderer/features/why/scene.ts';
import { examine, type Examined, watchHealthy, watchNearMiss } from './examination.ts';
import { NEAR_MISSES } from './near-misses.ts';
import { Patient } from './patient.ts';
import { REAL_CAUSES } from './real-causes.ts';

/*
 * Causes on real nodes, node and numbers by chance. `npm test` tries three quick ones; `npm run
 * diagnosis` all twelve, as often as asked. The seed that is printed makes the same choices again.
 */

const ROUNDS = Number(process.env['DIAGNOSIS_ROUNDS'] ?? 0);
const SEED = Number(process.env['DIAGNOSIS_SEED'] ?? Date.now() % 1_000_000);
/** The only cause or near miss that is wanted; empty for all of them. */
const ONLY = process.env['DIAGNOSIS_ONLY'] ?? '';
/** So many nodes; 0 for three or five by chance. */
const NODES = Number(process.env['DIAGNOSIS_NODES'] ?? 0);
const HEALTHY_MS = Number(process.env['DIAGNOSIS_HEALTHY_S'] ?? 0) * 1_000;
/** Where each finding is written to, one a line. */
const FINDINGS = process.env['DIAGNOSIS_FINDINGS'] ?? '';

/** So long a verdict must stay what it is. */
const HELD_MS = { quick: 200, long: 1_500 };

let patients: Patient[] = [];

afterEach(async () => {
  for (const patient of patients) await patient.discharge();
  patients = [];
});

async function admit(seed: number, nodes = sizeOf(seed)): Promise<Patient> {
  const patient = await Patient.admit(seed, nodes);
  patients.push(patient);
  return patient;
}

function sizeOf(seed: number): number {
  return NODES === 0 ? new Dice(seed).between(1, 2) * 2 + 1 : NODES;
}

function report(found: Examined): void {
  const { name, afterMs, nodes, said } = found;
  const after = afterMs === null ? '' : ` after ${String(afterMs)} ms`;
  console.log(`${name}${after}, ${String(nodes)} nodes: ${said}`);
  if (FINDINGS !== '') appendFileSync(FINDINGS, `${JSON.stringify(found)}\n`);
}

/** Some of the quick ones: which of them, the seed says. */
const quick = new Dice(SEED).shuffled(REAL_CAUSES.filter((cause) => cause.quick)).slice(0, 3);

if (ONLY === '') {
  test(`quick causes are found on one cluster, seed ${String(SEED)}`, async () => {
    const patient = await admit(SEED, 3);
    for (const cause of quick) {
      report(await examine(patient, cause, HELD_MS.quick));
      await cause.relieve?.(patient);
      await patient.healthy();
    }
  });
}

const rounds = Array.from({ length: ROUNDS }, (_, at) => SEED + at);
const isWanted = (name: string): boolean => ONLY === '' || name === ONLY;
const causes = REAL_CAUSES.filter(({ rule }) => isWanted(rule));
const misses = NEAR_MISSES.filter(({ name }) => isWanted(name));

for (const seed of rounds) {
  for (const cause of causes) {
    test(`${cause.rule} is found, seed ${String(seed)}`, async () => {
      const patient = await admit(seed, cause.rule === 'unknown-members' ? 1 : sizeOf(seed));
      report(await examine(patient, cause, HELD_MS.long));
      if (cause.relieve === undefined) return;
      await cause.relieve(patient);
      await patient.healthy();
    });
  }
  for (const miss of misses) {
    test(`${miss.name} is no cause, seed ${String(seed)}`, async () => {
      report(await watchNearMiss(await admit(seed), miss));
    });
  }
}

if (ONLY !== '') {
  test(`there is a cause or a near miss ${ONLY}`, () => {
    expect([...causes, ...misses]).toHaveLength(1);
  });
}

if (HEALTHY_MS > 0) {
  test('a cluster that is well is given no cause', { timeout: HEALTHY_MS + 60_000 }, async () => {
    report(await watchHealthy(await admit(SEED), HEALTHY_MS));
  });
}
