import type { MachineRestore, MachineSnapshot } from './machine.ts';

const HEADER_BYTES_MAX = 4096;
const NEWLINE = 0x0a;

/** The first line of every snapshot of a machine: JSON, so that people can tell what they have. */
export interface SnapshotHeader {
  /** Of what follows the line; each machine counts its own formats. */
  readonly format: number;
  readonly machine: string;
  readonly version: string;
}

/** Puts the line in front of a snapshot. */
export function withHeader(header: SnapshotHeader, body: MachineSnapshot): MachineSnapshot {
  let line: Uint8Array | null = Buffer.from(`${JSON.stringify(header)}\n`);
  return {
    next() {
      const first = line;
      line = null;
      return first ?? body.next();
    },
    release: () => body.release(),
  };
}

/**
 * Takes the line off again.
 *
 * @param begin called with the version that wrote the snapshot, once the line has been checked
 */
export function expectHeader(
  expected: Omit<SnapshotHeader, 'version'>,
  begin: (version: string) => MachineRestore,
): MachineRestore {
  let line = Buffer.alloc(0);
  let body: MachineRestore | null = null;
  return {
    write(bytes) {
      if (body !== null) {
        body.write(bytes);
        return;
      }
      const searched = line.length;
      line = Buffer.concat([line, bytes]);
      const end = line.indexOf(NEWLINE, searched);
      if (end < 0 && line.length < HEADER_BYTES_MAX) return;
      body = begin(checkedVersion(line.subarray(0, Math.max(0, end)), expected));
      if (end + 1 < line.length) body.write(line.subarray(end + 1));
    },
    finish() {
      if (body === null) throw new Error('the snapshot ends in its header');
      body.finish();
    },
  };
}

function checkedVersion(line: Buffer, expected: Omit<SnapshotHeader, 'version'>): string {
  const header = parseHeader(line.toString('utf8'));
  if (header?.machine !== expected.machine || header.format !== expected.format) {
    const wanted = `format ${expected.format} of the machine ${expected.machine}`;
    throw new Error(`this is no snapshot in ${wanted}: it begins with ${line.toString('latin1')}`);
  }
  return String(header.version);
}

function parseHeader(text: string): Partial<Record<keyof SnapshotHeader, unknown>> | null {
  try {
    const header: unknown = JSON.parse(text);
    return typeof header === 'object' ? header : null;
  } catch {
    return null; // bytes that are no JSON are no header
  }
}
