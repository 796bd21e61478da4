import { Level } from 'level';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import type { Settings } from '../contract/model.ts';
import { readSettings } from '../contract/settings.ts';
import { causeOf, failure } from './failure.ts';
import { readSavedCluster, type SavedCluster } from './saved-cluster.ts';

const CLUSTER_PREFIX = 'cluster!';
const SETTINGS_KEY = 'settings';

/** What the host remembers between runs: saved clusters and settings, in `<home>/host`. */
export class Workspace {
  readonly home: string;
  readonly #database: Level<string, unknown>;
  readonly #ownerPath: string;

  private constructor(home: string, database: Level<string, unknown>, ownerPath: string) {
    this.home = home;
    this.#database = database;
    this.#ownerPath = ownerPath;
  }

  /** Opens it, creating `home` (0700) when it is not there. One host at a time has it. */
  static async open(home: string): Promise<Result<Workspace>> {
    const folder = join(home, 'host');
    const ownerPath = join(folder, 'owner.json');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      mkdirSync(join(home, 'clusters'), { recursive: true, mode: 0o700 });
      // `mode` only counts for folders that were made just now.
      chmodSync(home, 0o700);
    } catch (error) {
      return failure(
        'E_IO',
        `The folder ${home} cannot be used: ${causeOf(error)}. Nothing was started. Choose another with --home.`,
      );
    }
    const database = new Level<string, unknown>(join(folder, 'db'), { valueEncoding: 'json' });
    try {
      await database.open();
    } catch (error) {
      return failure('E_STATE', openFailure(home, ownerPath, error));
    }
    writeFileSync(ownerPath, `${JSON.stringify({ pid: process.pid })}\n`, { mode: 0o600 });
    return { ok: true, value: new Workspace(home, database, ownerPath) };
  }

  /** All saved clusters, and the names of records that could not be read (they are kept). */
  async loadClusters(): Promise<{
    readonly clusters: readonly SavedCluster[];
    readonly unreadable: readonly string[];
  }> {
    const clusters: SavedCluster[] = [];
    const unreadable: string[] = [];
    const range = { gte: CLUSTER_PREFIX, lt: `${CLUSTER_PREFIX}\uffff` };
    for await (const [key, record] of this.#database.iterator(range)) {
      const cluster = readSavedCluster(record);
      if (cluster === null) unreadable.push(key.slice(CLUSTER_PREFIX.length));
      else clusters.push(cluster);
    }
    return { clusters, unreadable };
  }

  async saveCluster(cluster: SavedCluster): Promise<void> {
    await this.#database.put(`${CLUSTER_PREFIX}${cluster.id}`, cluster, { sync: true });
  }

  async forgetCluster(clusterId: string): Promise<void> {
    await this.#database.del(`${CLUSTER_PREFIX}${clusterId}`, { sync: true });
  }

  async loadSettings(): Promise<Settings> {
    return readSettings(await this.#database.get(SETTINGS_KEY));
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.#database.put(SETTINGS_KEY, settings, { sync: true });
  }

  async close(): Promise<void> {
    rmSync(this.#ownerPath, { force: true });
    await this.#database.close();
  }
}

function openFailure(home: string, ownerPath: string, error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'LEVEL_LOCKED') {
    return `Another Raftdeck${ownerOf(ownerPath)} uses ${home}. Nothing was started. End that one, or choose another folder with --home.`;
  }
  const words = cause instanceof Error ? cause.message : causeOf(error);
  return `The saved clusters in ${home} cannot be opened: ${words}. The clusters' own data is untouched. Move ${join(home, 'host')} away to begin with an empty list.`;
}

function ownerOf(ownerPath: string): string {
  try {
    const { pid } = JSON.parse(readFileSync(ownerPath, 'utf8')) as { readonly pid?: unknown };
    return typeof pid === 'number' ? ` (PID ${pid})` : '';
  } catch {
    // Just being written, or by an older version: the message does without.
    return '';
  }
}
