import type { ByteStore, FrozenRecords } from './byte-store.ts';
import type { StateHashing } from './machine.ts';
import { absorbRecord, expiryAt, recordUnitsAt } from './record.ts';
import { nextLiveUnit } from './slab.ts';
import { StateDigest } from './state-digest.ts';

/** Units looked at in one go: 512 KiB, one or two milliseconds with small records. */
const UNITS_PER_SLICE = 65_536;

/**
 * Hashes the records that a store has at one moment, in slices, while the store goes on changing.
 * Gives what `ByteStore.stateHash` would have given at that moment.
 */
export class ByteStoreHashing implements StateHashing {
  readonly #records: FrozenRecords;
  readonly #nowMs: number;
  readonly #digest = new StateDigest();
  #slabAt = 0;
  #unit = 0;
  #released = false;

  /** @param nowMs records that expired before it do not count */
  constructor(store: ByteStore, nowMs: number) {
    this.#records = store.freeze();
    this.#nowMs = nowMs;
  }

  next(): string | null {
    for (let left = UNITS_PER_SLICE; left > 0;) {
      const frozen = this.#records.slabs[this.#slabAt];
      if (frozen === undefined) return this.#digest.hex();
      const { slab, liveBits, usedUnits } = frozen;
      const unit = nextLiveUnit(liveBits, this.#unit, usedUnits);
      left -= unit - this.#unit;
      this.#unit = unit;
      if (unit === usedUnits) {
        this.#slabAt++;
        this.#unit = 0;
        continue;
      }
      if (expiryAt(slab, unit) >= this.#nowMs) absorbRecord(this.#digest, slab, unit);
      this.#unit += recordUnitsAt(slab, unit);
      left -= recordUnitsAt(slab, unit);
    }
    return null;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#records.release();
  }
}
