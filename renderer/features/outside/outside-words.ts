import type { LinkTarget } from '../../../main/contract/deep-link.ts';
import type { ClusterSummary } from '../../../main/contract/model.ts';
import type { OutsideAsk } from '../../../main/contract/outside.ts';
import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import { formatBytes, formatDate, formatMoment } from '../../ui/format.ts';
import { screenBlock, screenLabel } from '../shell/screens.ts';

/** What a link may lead to here. */
export interface Places {
  readonly clusters: readonly ClusterSummary[];
  readonly recordings: readonly OpenedRecording[];
}

/** What the sheet says; `accept` is the word on the button that does it, or null where nothing can be done. */
export interface OutsideWords {
  readonly title: string;
  readonly text: string;
  /** What will be done, or why nothing will, set apart from what the sheet says itself. */
  readonly detail: string;
  readonly accept: string | null;
}

/**
 * What is asked for, in this window's own words: nothing that came from outside is repeated, but for ids
 * that were found here and the name of a file.
 */
export function outsideWords(ask: OutsideAsk, places: Places): OutsideWords {
  if (ask.kind === 'refused') {
    return {
      title: ask.what === 'link' ? 'A link is not followed' : 'A file is not opened',
      text: ask.why,
      detail: 'Nothing was done.',
      accept: null,
    };
  }
  if (ask.kind === 'recording') {
    return {
      title: 'Open a recording?',
      text: `A file was handed to Raftdeck. It makes a copy of it and shows that; the file stays as it is, and no cluster is touched.`,
      detail: `${ask.fileName} (${formatBytes(ask.sizeBytes)})`,
      accept: 'Open it',
    };
  }
  return showWords(ask.target, places);
}

function showWords(target: LinkTarget, { clusters, recordings }: Places): OutsideWords {
  const shows = {
    title: 'Follow a link?',
    text: 'A link from outside Raftdeck asks it to show something. That starts, stops and changes nothing.',
    accept: 'Show it',
  };
  if (!('clusterId' in target)) {
    return { ...shows, detail: `The screen ${screenLabel(target.screen)}.` };
  }
  const { screen, clusterId, nodeId, atMs } = target;
  const cluster = clusters.find(({ id }) => id === clusterId);
  const recording = recordings.find(({ id }) => id === clusterId);
  const name = cluster?.name ?? recording?.clusterName;
  const inRecording = cluster === undefined;
  if (name === undefined || screenBlock(screen, { clusterId, inRecording }) !== null) {
    return {
      title: 'A link is not followed',
      text:
        name === undefined
          ? `It leads to a cluster with the id ${clusterId}, which is not on this machine. Links work where their cluster is.`
          : `It leads to the screen ${screenLabel(screen)}, which the recording of ${name} does not hold.`,
      detail: 'Nothing was done.',
      accept: null,
    };
  }
  const what = inRecording ? 'the recording of' : 'the cluster';
  const node = nodeId === null ? '' : `, node ${nodeId}`;
  const when = atMs === null ? '' : `, as it was on ${formatDate(atMs)} at ${formatMoment(atMs)}`;
  return { ...shows, detail: `${screenLabel(screen)} of ${what} ${name}${node}${when}.` };
}
