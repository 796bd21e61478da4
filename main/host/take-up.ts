import type { TakenUp } from '../contract/model.ts';
import type { ManagedCluster } from './managed-cluster.ts';

/**
 * What a host does first: finds nodes again that outlived the last one. Where nodes end with their
 * host, starts those again that nobody had stopped: the last host then ended without being asked.
 */
export async function takeUp(
  clusters: readonly ManagedCluster[],
  outlivesHost: boolean,
  log: (line: string) => void,
): Promise<TakenUp | null> {
  let found = 0;
  let restarted = 0;
  let watchedUntilMs: number | null = null;
  for (const cluster of clusters) {
    if (cluster.members().some(({ saved }) => saved.process !== null)) {
      const untilMs = await cluster.recording.resume();
      watchedUntilMs = Math.max(watchedUntilMs ?? 0, untilMs ?? 0) || null;
    }
    for (const node of cluster.members()) {
      if (await node.attach()) {
        found += 1;
        continue;
      }
      if (outlivesHost || node.saved.desired !== 'running') continue;
      const started = await node.start(cluster.roleOf(node));
      if (started.ok) restarted += 1;
      else log(started.error.message);
    }
  }
  if (found > 0) log(`Found ${nodes(found)} from your last session and reconnected.`);
  if (restarted > 0) {
    log(`The app had ended without stopping its nodes. Restarted ${nodes(restarted)}.`);
  }
  if (found + restarted === 0) return null;
  const unwatchedMs = watchedUntilMs === null ? null : Math.max(0, Date.now() - watchedUntilMs);
  return { found, restarted, unwatchedMs };
}

function nodes(count: number): string {
  return `${count} node${count === 1 ? '' : 's'}`;
}
