import type { MomentView, SampleView } from '../../../main/contract/recording.ts';
import { type Diagnosis, diagnose } from '../why/diagnose.ts';

/** A stretch in which something was amiss, and what was found to be the cause. */
export interface Trouble {
  readonly fromMs: number;
  /** Null where it had not ended at the end of the report. */
  readonly toMs: number | null;
  readonly diagnosis: Diagnosis;
}

/** Samples in which nobody led, one after another. */
interface Leaderless {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** An election without a winner takes no longer: what is shorter needs no explanation. */
const ORDINARY_MS = 2_000;
/** So many stretches are explained, the longest: each costs a look into the recording. */
const TROUBLES_MAX = 12;

/** The stretches without a leader that lasted, in order of time. */
export function leaderlessStretches(samples: readonly SampleView[]): readonly Leaderless[] {
  const stretches: Leaderless[] = [];
  let fromMs: number | null = null;
  for (const { timeMs, leaderId } of samples) {
    if (leaderId === null) fromMs ??= timeMs;
    else if (fromMs !== null) {
      if (timeMs - fromMs >= ORDINARY_MS) stretches.push({ fromMs, toMs: timeMs });
      fromMs = null;
    }
  }
  const endMs = samples.at(-1)?.timeMs ?? 0;
  if (fromMs !== null && endMs - fromMs >= ORDINARY_MS) stretches.push({ fromMs, toMs: null });
  return stretches;
}

/**
 * Asks why, for every stretch without a leader and for the end.
 *
 * @param readMoment the cluster as it was at a time; null where the recording does not know
 */
export async function troublesOf(
  samples: readonly SampleView[],
  end: MomentView,
  readMoment: (atMs: number) => Promise<MomentView | null>,
): Promise<readonly Trouble[]> {
  const atEnd = diagnosisAt(end);
  const lengthOf = ({ fromMs, toMs }: Leaderless): number => (toMs ?? Infinity) - fromMs;
  const longest = [...leaderlessStretches(samples)]
    .sort((left, right) => lengthOf(right) - lengthOf(left))
    .slice(0, TROUBLES_MAX)
    .sort((left, right) => left.fromMs - right.fromMs);
  const troubles: Trouble[] = [];
  for (const { fromMs, toMs } of longest) {
    const diagnosis = toMs === null ? atEnd : await diagnosisIn({ fromMs, toMs }, readMoment);
    if (diagnosis !== null) troubles.push({ fromMs, toMs, diagnosis });
  }
  const isTold = troubles.some(({ toMs }) => toMs === null);
  if (atEnd === null || isTold) return troubles;
  return [...troubles, { fromMs: end.view.timeMs, toMs: null, diagnosis: atEnd }];
}

/** Late in a stretch the cause has shown itself; by then it may be mended already, so earlier next. */
const LOOKED_AT = [2 / 3, 1 / 3, 9 / 10];

async function diagnosisIn(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  readMoment: (atMs: number) => Promise<MomentView | null>,
): Promise<Diagnosis | null> {
  let unexplained: Diagnosis | null = null;
  for (const share of LOOKED_AT) {
    const moment = await readMoment(fromMs + share * (toMs - fromMs));
    const diagnosis = moment === null ? null : diagnosisAt(moment);
    if (diagnosis?.question !== 'no-leader') continue;
    if (diagnosis.verdict !== null) return diagnosis;
    unexplained ??= diagnosis;
  }
  return unexplained;
}

function diagnosisAt({ view, marks }: MomentView): Diagnosis | null {
  return diagnose({ view, marks, nowMs: view.timeMs });
}
