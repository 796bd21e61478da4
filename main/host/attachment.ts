import type { Download } from './downloads.ts';

/** Headers of a file that is to be saved, never shown. */
export function attachmentHeaders({
  fileName,
  sizeBytes,
}: Pick<Download, 'fileName' | 'sizeBytes'>): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/octet-stream',
    ...(sizeBytes === null ? {} : { 'Content-Length': String(sizeBytes) }),
    'Content-Disposition': `attachment; filename="${fileName}"`,
  };
}
