import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The repository's root folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', 'out', 'release', 'test-results']);

/** One file of the repository; `path` is relative to the root and uses `/` on every system. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every file below `folder` whose name ends in one of `extensions`, in a stable order. */
export function listFiles(folder: string, extensions: readonly string[]): readonly string[] {
  const found: string[] = [];
  const waiting = [join(ROOT, folder)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) waiting.push(path);
      } else if (extensions.some((extension) => entry.name.endsWith(extension))) {
        found.push(relative(ROOT, path).split(sep).join('/'));
      }
    }
  }
  return found.sort();
}

/** Reads the files that `listFiles` names. */
export function readFiles(folder: string, extensions: readonly string[]): readonly SourceFile[] {
  return listFiles(folder, extensions).map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
}
