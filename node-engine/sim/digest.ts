import { createHash } from 'node:crypto';

import { runSchedule } from './schedule.ts';
import type { ScheduleInput, ScheduleResult } from './schedule.ts';

/** SHA-256 over every event of a schedule, its time and what happened, in hex. */
export function digestOf(input: ScheduleInput): { digest: string; result: ScheduleResult } {
  const hash = createHash('sha256');
  const sink = (event: number, atUs: number, text: string): void => {
    hash.update(`${event} ${atUs} ${text}\n`);
  };
  const result = runSchedule({ ...input, sink });
  return { digest: hash.digest('hex'), result };
}
