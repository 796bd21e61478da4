/** What names a file within this machine, as `stat` gives it. */
export interface FileNumber {
  readonly dev: number;
  readonly ino: number;
}

/** `1: POSIX  ADVISORY  WRITE 4711 fe:00:12345 0 EOF`, in which only the device is hexadecimal. */
const ROW = /^\d+: .*? (-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /gm;

/**
 * Whether Linux's table of locks (/proc/locks) has one on the file. Two file systems may number their
 * files alike, so the device must be the same too; where the table names another device than `stat`
 * does (as for btrfs), the process must be the one that is said to hold it.
 *
 * @param holder the process that wrote itself down as the holder, or null
 */
export function isInLockTable(table: string, file: FileNumber, holder: number | null): boolean {
  for (const [, pid, major, minor, inode] of table.matchAll(ROW)) {
    if (Number(inode) !== file.ino) continue;
    if (holder !== null && Number(pid) === holder) return true;
    const device = [parseInt(major ?? '', 16), parseInt(minor ?? '', 16)] as const;
    if (device[0] === majorOf(file.dev) && device[1] === minorOf(file.dev)) return true;
  }
  return false;
}

/** A device number as Linux packs it: 12 bits major in the middle of 20 bits minor. */
function majorOf(dev: number): number {
  return (dev >>> 8) & 0xfff;
}

function minorOf(dev: number): number {
  return (dev & 0xff) | ((dev >>> 12) & 0xfff00);
}
