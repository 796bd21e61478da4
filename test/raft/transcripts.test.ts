import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { parseTranscript, replay } from './transcript.ts';
import { TranscriptWorld } from './transcript-world.ts';

/*
 * Scenarios as text. `npx vitest -u run test/raft/transcripts` writes them anew: commit that only when
 * you can explain every line that changed.
 */
const folder = join(import.meta.dirname, 'transcripts');

test.each(readdirSync(folder).sort())('%s', async (name) => {
  const path = join(folder, name);
  const world = new TranscriptWorld();
  const blocks = parseTranscript(readFileSync(path, 'utf8'));
  await expect(replay(blocks, (command) => world.run(command))).toMatchFileSnapshot(path);
});
