import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import type { RestoreOutcome } from '../restorer.ts';
import { LATER } from './command.ts';
import type { Call } from './command.ts';
import type { Subcommand } from './spec.ts';

/** Most bytes of one RAFT SNAPSHOT UPLOAD. */
const UPLOAD_BYTES_MAX = 4 * 1024 * 1024;

/** Where the bytes stand in RAFT SNAPSHOT UPLOAD name offset bytes. */
const UPLOAD_BYTES_AT = 5;

function restore(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [first = '', second] = texts;
  const { snapshots, imports, restorer } = call.node;
  if (second === undefined) {
    // Only ids of the list have a path: nothing that was typed ever becomes part of one.
    const path = snapshots.path(first);
    if (path === null) return errorReply('ERR no such snapshot on this node');
    answerLater(call, async () => outcomeReply(call, await restorer.restore(path, first)));
    return LATER;
  }
  if (first.toUpperCase() !== 'FILE') return errorReply('ERR syntax error');
  answerLater(call, async () => {
    const path = await imports.path(second);
    if (path === null) return errorReply("ERR no such file in this node's folder import");
    return outcomeReply(call, await restorer.restore(path, second));
  });
  return LATER;
}

function outcomeReply(call: Call, outcome: RestoreOutcome): Reply {
  if (!outcome.ok) {
    if ('failure' in outcome) return call.node.failure(outcome.failure, 0);
    return errorReply(`ERR ${outcome.reason}`);
  }
  const { index, keys, sizeBytes, before } = outcome;
  return {
    type: 'map',
    entries: [
      ['index', String(index)],
      ['keys', String(keys)],
      ['size', String(sizeBytes)],
      ['before', before],
    ],
  };
}

function upload(call: Call, texts: readonly string[]): Reply | typeof LATER {
  const [name = '', offsetText = ''] = texts;
  if (!/^\d{1,15}$/u.test(offsetText)) return errorReply('ERR syntax error');
  // The arguments are views of what the connection reads into.
  const bytes = Uint8Array.from(call.args[UPLOAD_BYTES_AT] ?? []);
  if (bytes.length > UPLOAD_BYTES_MAX) {
    return errorReply(`ERR at most ${String(UPLOAD_BYTES_MAX)} bytes are uploaded at once`);
  }
  answerLater(call, () => call.node.imports.write(name, Number(offsetText), bytes));
  return LATER;
}

function list(call: Call): typeof LATER {
  answerLater(call, async () => {
    const files = await call.node.imports.list();
    return files.map(({ name, sizeBytes, changedAtMs }): Reply => {
      const timestamp = String(BigInt(changedAtMs) * 1_000_000n);
      return {
        type: 'map',
        entries: [
          ['name', name],
          ['size', String(sizeBytes)],
          ['timestamp', timestamp],
        ],
      };
    });
  });
  return LATER;
}

function discard(call: Call, texts: readonly string[]): typeof LATER {
  answerLater(call, async () => {
    const isThere = await call.node.imports.discard(texts[0] ?? '');
    return isThere ? OK : errorReply("ERR no such file in this node's folder import");
  });
  return LATER;
}

function answerLater(call: Call, work: () => Promise<Reply>): void {
  work().then(call.reply, (error: unknown) => {
    call.reply(errorReply(`ERR ${error instanceof Error ? error.message : String(error)}`));
  });
}

/** RAFT SNAPSHOT RESTORE and what brings the files for it. */
export const RESTORE_SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: 'SNAPSHOT RESTORE',
    argumentsMin: 1,
    argumentsMax: 2,
    summary:
      "Replaces the cluster's whole state by that of a snapshot of the leader's, or of a file in its " +
      'folder `import`: on every node at one entry of the log, or nowhere.',
    usage: 'RAFT SNAPSHOT RESTORE id | FILE name',
    administrative: true,
    run: restore,
  },
  {
    words: 'SNAPSHOT IMPORTS',
    argumentsMin: 0,
    argumentsMax: 0,
    summary: "Returns the files in this node's folder `import`, newest first.",
    usage: 'RAFT SNAPSHOT IMPORTS',
    run: list,
  },
  {
    words: 'SNAPSHOT UPLOAD',
    argumentsMin: 3,
    argumentsMax: 3,
    summary:
      "Puts up to 4 MiB into a file of this node's folder `import`, at its end, or at offset 0 to " +
      'begin anew; returns its size.',
    usage: 'RAFT SNAPSHOT UPLOAD name offset bytes',
    administrative: true,
    isBulk: true,
    run: upload,
  },
  {
    words: 'SNAPSHOT DISCARD',
    argumentsMin: 1,
    argumentsMax: 1,
    summary: "Removes a file from this node's folder `import`.",
    usage: 'RAFT SNAPSHOT DISCARD name',
    administrative: true,
    run: discard,
  },
];
