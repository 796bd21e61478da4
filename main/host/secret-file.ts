import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import type { SecretFile } from '../contract/model.ts';
import { causeOf, failure } from './failure.ts';

/** Read, write or search for the group and for everybody else. */
const OTHERS = 0o077;

/**
 * Where the secret of this user's nodes lies, and who can read it as the system says now. It is the only
 * secret that there is in the home, and it is never read here: the nodes read it themselves.
 */
export async function describeSecretFile(
  home: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Result<SecretFile>> {
  const path = join(home, 'local.secret');
  try {
    const { mode, uid } = await stat(path);
    // Windows has lists of rights instead, which these bits do not show.
    if (platform === 'win32') return { ok: true, value: { path, readableBy: 'unknown' } };
    const isOwn = uid === process.getuid?.() && (mode & OTHERS) === 0;
    return { ok: true, value: { path, readableBy: isOwn ? 'owner' : 'others' } };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent) return { ok: true, value: { path, readableBy: 'nobody' } };
    return failure('E_IO', `${path} cannot be looked at: ${causeOf(error)}.`);
  }
}
