import type { DiskFaults, DiskOperation, DiskVerdict } from '../../log/disk-faults.ts';
import { measureShift, type ActiveFault } from './fault.ts';

/** The faults of the disk: asked by log, pages and snapshots about every write. */
export class DiskFaultGate implements DiskFaults {
  #active: readonly ActiveFault[] = [];

  add(active: ActiveFault): void {
    this.#active = [...this.#active, active];
  }

  remove(id: string): void {
    this.#active = this.#active.filter((active) => active.id !== id);
  }

  judge(operation: DiskOperation): DiskVerdict | null {
    if (this.#active.length === 0) return null;
    let delayMs = 0;
    let refusal: Error | null = null;
    let failure: Error | null = null;
    for (const { fault, measured } of this.#active) {
      if (fault.kind === 'disk-fsync-error' && operation !== 'synced-write') continue;
      measured.seen += 1;
      if (fault.kind === 'disk-slow') delayMs = fault.delayMs;
      else if (fault.kind === 'disk-full') {
        measured.stopped += 1;
        refusal = systemError('ENOSPC', 'no space left on device, write');
      } else {
        measured.stopped += 1;
        failure = systemError('EIO', 'i/o error, fdatasync');
      }
    }
    return { delayMs, refusal, failure };
  }

  held(measuredMs: number): void {
    for (const { fault, measured } of this.#active) {
      if (fault.kind === 'disk-slow') measureShift(measured, measuredMs);
    }
  }
}

/** As Node reports a failed system call. */
function systemError(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code });
}
