import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** A file of the built renderer, in memory. */
export interface RendererFile {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Every file of the renderer by the path of its URL: '/index.html', '/assets/main-1a2b.js'. */
export type RendererFiles = ReadonlyMap<string, RendererFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
};

/** A build of more than this is not ours. */
const TOTAL_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Reads the whole built renderer.
 *
 * A request is then answered by looking its path up in this table. No path of a request ever reaches
 * the file system, so there is nothing to traverse.
 */
export function readRendererFiles(folder: string): RendererFiles {
  const files = new Map<string, RendererFile>();
  let total = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // Links are left out: a file outside the folder is no part of the build.
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const contentType = CONTENT_TYPES[extname(entry.name)];
    if (contentType === undefined) continue;
    const bytes = readFileSync(path);
    total += bytes.length;
    if (total > TOTAL_BYTES_MAX) throw new Error(`${folder} is too large to be the built renderer`);
    files.set(`/${relative(folder, path).split(sep).join('/')}`, { bytes, contentType });
  }
  if (!files.has('/index.html')) throw new Error(`${folder} holds no index.html: build it first`);
  return files;
}

/** The file for the path of a URL; '/' is the page. */
export function findRendererFile(files: RendererFiles, path: string): RendererFile | undefined {
  return files.get(path === '/' ? '/index.html' : path);
}
