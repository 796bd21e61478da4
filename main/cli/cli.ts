#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { EXIT_FAILED, type Program } from './program.ts';
import { run } from './run.ts';

/* The entry of `raftdeck`, built to out/node/raftdeck.js: two folders below package.json. */

// Whatever this process or one that it starts makes is for its user alone: logs hold every value.
process.umask(0o077);

const path = fileURLToPath(import.meta.url);
const root = join(dirname(path), '..', '..');

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}

const program: Program = {
  version: ownVersion(),
  path,
  root,
  env: process.env,
  print: (text) => process.stdout.write(text),
  warn: (text) => process.stderr.write(text),
};

// A pipe that is closed early, as by `| head`, is the end of the output and not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// A promise that fails and that nobody waits for is a bug, and ends the process as an exception does. Node
// sees to that by itself; as a process of Electron it would only warn.
process.on('unhandledRejection', (reason) => {
  throw reason instanceof Error ? reason : new Error(String(reason));
});

const code = await run(process.argv.slice(2), program);
// A handle that is still open (a socket of somebody who does not read) must not keep us alive.
process.stdout.write('', (error?: NodeJS.ErrnoException | null) => {
  if (error === undefined || error === null || error.code === 'EPIPE') process.exit(code);
  process.stderr.write(`raftdeck: cannot write to standard output: ${error.message}\n`);
  process.exit(EXIT_FAILED);
});
