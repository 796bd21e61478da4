import type { DamageKind } from './fault.ts';
import type { SimNode } from './sim-node.ts';

/**
 * Damages the files of a server that is down.
 *
 * @returns false when there was nothing to damage
 */
export function damageDisk(node: SimNode, damage: DamageKind, pick: number): boolean {
  const { disk } = node;
  disk.writeBack();
  const keys = [...disk.synced.keys()].sort((left, right) => left - right);
  switch (damage) {
    case 'record': {
      const key = keys[pick % Math.max(1, keys.length)];
      const value = key === undefined ? undefined : disk.synced.get(key);
      if (key === undefined || value === undefined) return false;
      disk.synced.set(key, flipBit(value, pick));
      break;
    }
    case 'tail': {
      const lost = keys.slice(keys.length - 1 - (pick % Math.max(1, Math.min(3, keys.length))));
      if (keys.length === 0) return false;
      for (const key of lost) disk.synced.delete(key);
      break;
    }
    case 'log':
      if (keys.length === 0) return false;
      disk.synced.clear();
      break;
    case 'meta': {
      const slot = pick % 2 === 0 ? 'a' : 'b';
      const page = disk.syncedMeta[slot];
      if (page === null) return false;
      disk.syncedMeta[slot] = flipBit(page, pick >>> 1);
      break;
    }
    case 'old-log': {
      const old = disk.old[pick % Math.max(1, disk.old.length)];
      if (old === undefined) return false;
      disk.synced = new Map(old.records);
      break;
    }
    case 'old-meta': {
      const slot = pick % 2 === 0 ? 'a' : 'b';
      const old = disk.old[0]?.metas[slot] ?? null;
      if (old === null) return false;
      disk.syncedMeta[slot] = old;
      break;
    }
    case 'both-metas':
      if (disk.syncedMeta.a === null && disk.syncedMeta.b === null) return false;
      // With nothing else left only node.json tells such a folder from a new one, and no file of that
      // kind is simulated: opening a folder refuses there.
      if (keys.length === 0 && node.snapshotDisk.whole().length === 0) return false;
      disk.syncedMeta.a = null;
      disk.syncedMeta.b = null;
      break;
    case 'snapshot':
      return node.snapshotDisk.damage();
  }
  disk.settle();
  return true;
}

function flipBit(bytes: Uint8Array, pick: number): Uint8Array {
  // Not slice(): a Buffer's slice shares its memory, here with the servers this record was sent to.
  const altered = new Uint8Array(bytes);
  const offset = (pick >>> 3) % altered.length;
  altered[offset] = (altered[offset] ?? 0) ^ (1 << (pick % 8));
  return altered;
}
