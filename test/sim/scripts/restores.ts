import { createHash } from 'node:crypto';

import { encodeRestoreEntry, type RestoreEntry } from '../../../node-engine/node/restore-entry.ts';
import { waiterOf } from '../../../node-engine/node/waiter-of.ts';
import type { NodeId } from '../../../node-engine/raft/types.ts';
import type { Scenario, Script } from './scenario.ts';

const ID = '0123456789abcdef';
const PIECE_BYTES = 100;

/** The entries that put a server's own present state in force once more. */
function entriesOf(s: Scenario, id: NodeId): readonly RestoreEntry[] {
  const machine = s.node(id).machine;
  const snapshot = machine?.snapshot() ?? null;
  if (machine === null || snapshot === null) return [];
  const slices: Uint8Array[] = [];
  for (let slice = snapshot.next(); slice !== null; slice = snapshot.next()) {
    slices.push(slice.slice());
  }
  snapshot.release();
  const bytes = Buffer.concat(slices);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const announced = { name: 'own', machine: machine.name, sizeBytes: bytes.length, sha256 };
  const pieces: RestoreEntry[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push({ type: 'bytes', id: ID, data: bytes.subarray(at, at + PIECE_BYTES) });
  }
  return [{ type: 'begin', id: ID, announced }, ...pieces, { type: 'commit', id: ID }];
}

/** Proposes entries one after the other; what became of each is of no interest. */
function propose(s: Scenario, id: NodeId, entries: readonly RestoreEntry[]): void {
  for (const entry of entries) {
    const node = s.node(id);
    s.world.call(node, () => {
      const waiter = waiterOf(
        () => undefined,
        () => undefined,
      );
      node.driver?.proposeRestore(encodeRestoreEntry(entry), 0n, waiter);
    });
    s.run(3);
  }
}

function staged(s: Scenario, ...ids: readonly NodeId[]): readonly boolean[] {
  return ids.map((id) => (s.node(id).driver?.snapshotter.staged ?? null) !== null);
}

/** A state that goes through the log. */
export const RESTORE_SCRIPTS: readonly Script[] = [
  {
    name: 'a state goes through the log in pieces, and one entry puts it in force',
    voters: 3,
    options: { snapshotEntries: 3, snapshotPaddingBytes: 400 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.run(50);
      const entries = entriesOf(s, '1');
      propose(s, '1', entries.slice(0, -1));
      s.run(20);
      s.expect(staged(s, '1', '2', '3').every(Boolean), 'the pieces are on every server');
      const before = s.node('2').driver?.snapshotter.lastIndex ?? 0;
      propose(s, '1', entries.slice(-1));
      s.run(50);
      s.expect(!staged(s, '1', '2', '3').some(Boolean), 'the state is in force');
      const after = s.node('2').driver?.snapshotter.lastIndex ?? 0;
      s.expect(after > before, 'a snapshot was made behind it, and none while it came');
      s.writes('1', 4);
    },
  },
  {
    name: 'a leader is lost in the middle of a restore, and its rest comes late',
    voters: 3,
    options: { snapshotEntries: 3, snapshotPaddingBytes: 400 },
    run: (s) => {
      s.lead('1');
      s.writes('1', 5);
      s.run(50);
      const entries = entriesOf(s, '1');
      propose(s, '1', entries.slice(0, 3));
      s.isolate('1');
      propose(s, '1', entries.slice(3));
      s.lead('2');
      s.run(20);
      s.expect(!staged(s, '2', '3').some(Boolean), 'the new leader has dropped what had come');
      s.writes('2', 5);
      s.heal();
      s.run(300);
      s.expect(!staged(s, '1').some(Boolean), 'and the old one too');
      s.writes('2', 4);
    },
  },
];
