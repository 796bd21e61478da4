import { explainAnomaly, explainVerdict } from '../../node-engine/check/explain.ts';
import { checkHistory } from '../../node-engine/check/linearizability.ts';
import { checkListAppend } from '../../node-engine/check/list-append.ts';
import type { Model, Operation } from '../../node-engine/check/operation.ts';
import type { Judgement } from './workload.ts';

/** Whether one order of each key's operations explains all answers. */
export function judgeLinearizable(model: Model, history: readonly Operation[]): Judgement {
  const anomalies: string[] = [];
  const undecided: string[] = [];
  for (const verdict of checkHistory(model, history)) {
    const text = explainVerdict(verdict);
    if (text !== null) (verdict.verdict === 'undecided' ? undecided : anomalies).push(text);
  }
  return { anomalies, undecided };
}

/** Whether one order of all transactions explains all lists. */
export function judgeListAppend(history: readonly Operation[]): Judgement {
  return { anomalies: checkListAppend(history).anomalies.map(explainAnomaly), undecided: [] };
}

/** Whether no answer was given twice. */
export function judgeUnique(history: readonly Operation[]): Judgement {
  const given = new Map<string, Operation>();
  const anomalies: string[] = [];
  for (const operation of history) {
    if (operation.type !== 'ok') continue;
    const text = JSON.stringify(operation.output);
    const other = given.get(text);
    if (other !== undefined) {
      anomalies.push(`${text} was given to operation ${other.id} and to ${operation.id}`);
    }
    given.set(text, operation);
  }
  return { anomalies, undecided: [] };
}
