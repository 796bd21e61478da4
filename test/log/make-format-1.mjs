// Makes test/fixtures/format-1 anew: `node test/log/make-format-1.mjs`. The fixture proves that data of
// the first release stays readable, so it is made once, by that release, and never again.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerImport } from 'vite';

const target = join(import.meta.dirname, '..', 'fixtures', 'format-1');
if (existsSync(target)) {
  console.error(`${target} exists; a format that was released does not change`);
  process.exit(1);
}
const { module } = await runnerImport(join(import.meta.dirname, 'format-1-node.ts'));
const work = await mkdtemp(join(tmpdir(), 'raftdeck-format-1-'));
try {
  await module.makeFormat1Node(work, target);
} finally {
  await rm(work, { recursive: true });
}
