import type {
  InspectedNode,
  InspectedSnapshot,
} from '../../../node-engine/snapshot/inspect-node.ts';

const LABEL_COLUMN = 14;

/** What a node's directory holds, for people: one fact a line, what is wrong at the end. */
export function inspectionText(node: InspectedNode): string {
  const { identity, hardState, records, pages } = node;
  const { term, votedFor, commitIndex } = hardState;
  const lines = [
    row('directory', node.directory),
    row('node', `${identity.nodeId}, started ${times(node.incarnation)}`),
    row('cluster', identity.clusterId === '' ? 'none yet' : identity.clusterId),
    row('term', `${term}, voted for ${votedFor ?? 'nobody'}`),
    row('commit index', `at least ${commitIndex}`),
    row('durable to', `entry ${node.mark.index} of term ${node.mark.term}`),
    row('log', records === null ? 'cannot be read' : logText(records)),
    ...membersRows(node),
    ...snapshotRows(node.snapshots),
    row('meta pages', `a: ${pageText(pages.a)}; b: ${pageText(pages.b)}`),
  ];
  if (node.repairUntil !== null) {
    lines.push(row('repair', `neither votes nor stands until entry ${node.repairUntil.index}`));
  }
  const { problems } = node;
  lines.push(
    problems.length === 0
      ? row('checksums', 'all right')
      : row('PROBLEMS', `${problems.length}\n${problems.map((text) => `  ${text}`).join('\n')}`),
  );
  return `${lines.join('\n')}\n`;
}

function logText(records: NonNullable<InspectedNode['records']>): string {
  const { firstIndex, lastIndex, lastTerm, recordCount, sizeBytes, droppedRecords } = records;
  if (recordCount === 0) return `empty behind entry ${firstIndex - 1}`;
  const range = `entries ${firstIndex} to ${lastIndex}, last of term ${lastTerm}`;
  const dropped =
    droppedRecords === 0 ? '' : `; ${droppedRecords} left by a crash will be dropped at the start`;
  return `${range}; ${recordCount} records, ${sizeText(sizeBytes)}${dropped}`;
}

function membersRows({ membership }: InspectedNode): readonly string[] {
  if (membership === null) return [row('members', 'not known here')];
  const { members } = membership.membership;
  const rows = members.map(({ id, clientAddress, peerAddress, voter, promote }) => {
    const vote = voter ? 'voter' : promote ? 'non-voter, to be promoted' : 'non-voter';
    const peers = peerAddress === clientAddress ? '' : `, peers at ${peerAddress}`;
    return `  ${id}  ${clientAddress}${peers}  ${vote}`;
  });
  return [row('members', `${members.length}, as of entry ${membership.index}`), ...rows];
}

function snapshotRows(snapshots: readonly InspectedSnapshot[]): readonly string[] {
  if (snapshots.length === 0) return [row('snapshots', 'none')];
  const rows = snapshots.map(({ name, contents, fault }) => {
    if (contents === null) return `  ${name}  cannot be read`;
    const { index, term, sizeBytes, storedAtMs, machine } = contents;
    const made = new Date(storedAtMs).toISOString();
    const state = `entry ${index} of term ${term}, ${sizeText(sizeBytes)}, ${made}`;
    const whole = fault === null ? '' : '  DAMAGED';
    return `  ${name}  ${state}, machine ${machine.name} ${machine.version}${whole}`;
  });
  return [row('snapshots', String(snapshots.length)), ...rows];
}

function pageText({ fault, generation }: InspectedNode['pages']['a']): string {
  return fault ?? `whole, generation ${generation ?? 'unknown'}`;
}

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_COLUMN)}${text}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
