/*
 * Links that lead into the app from outside: from a page, a mail, a chat. Whoever wrote one is not known,
 * so a link can only ask to *show* something, and the page asks the user first.
 *
 *   raftdeck://clusters
 *   raftdeck://settings
 *   raftdeck://cluster/<id>[/<screen>[/<node>]][?at=<Unix ms>]
 */

/** The scheme that the app is registered for. */
export const LINK_SCHEME = 'raftdeck';

/** More is no link of ours. */
export const LINK_LENGTH_MAX = 256;

/** The screens that are about one cluster; a link may lead to each of them. */
export const CLUSTER_SCREENS = [
  'overview',
  'logs',
  'chaos',
  'console',
  'data',
  'snapshots',
  'metrics',
  'output',
] as const;

/** What a link asks to be shown. */
export type LinkTarget =
  | { readonly screen: 'clusters' | 'settings' }
  | {
      readonly screen: (typeof CLUSTER_SCREENS)[number];
      readonly clusterId: string;
      readonly nodeId: string | null;
      /** The moment, Unix ms; null is the present. */
      readonly atMs: number | null;
    };

/** A link that was read, or why it is not followed. */
export type ParsedLink =
  { readonly ok: true; readonly target: LinkTarget } | { readonly ok: false; readonly why: string };

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
/** Milliseconds with a fraction, as the window's own address has them. */
const MOMENT = /^[1-9]\d{0,14}(?:\.\d{1,3})?$/;
/** The last moment that a date can hold. */
const TIME_MAX_MS = 8.64e15;
const MEANT = 'A link can show a cluster, the list of clusters or the settings, and nothing else.';

/** Reads a link from outside. Nothing in it is repaired or guessed: it is one of the forms above, or refused. */
export function parseDeepLink(text: string): ParsedLink {
  if (text.length > LINK_LENGTH_MAX) {
    return no(
      `It is ${String(text.length)} characters long; ${String(LINK_LENGTH_MAX)} is the most.`,
    );
  }
  // Also where they are written as escapes: no id has any.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|%/u.test(text)) {
    return no('It holds characters that no link of Raftdeck has.');
  }
  const found = /^raftdeck:\/\/(?<path>[^?#]*)(?:\?(?<query>[^#]*))?$/i.exec(text);
  if (found?.groups === undefined) return no('It is not a link of Raftdeck.');
  const path = (found.groups['path'] ?? '').replace(/\/$/, '');
  const query = found.groups['query'];
  const [place = '', ...rest] = path.split('/');
  if (place === 'clusters' || place === 'settings') {
    const isPlain = rest.length === 0 && query === undefined;
    return isPlain ? { ok: true, target: { screen: place } } : no(MEANT);
  }
  return place === 'cluster' ? clusterLink(rest, query) : no(MEANT);
}

/** The link that leads there; the inverse of parseDeepLink. */
export function formatDeepLink(target: LinkTarget): string {
  if (!('clusterId' in target)) return `${LINK_SCHEME}://${target.screen}`;
  const { screen, clusterId, nodeId, atMs } = target;
  const node = nodeId === null ? '' : `/${nodeId}`;
  const moment = atMs === null ? '' : `?at=${String(Math.round(atMs * 1000) / 1000)}`;
  return `${LINK_SCHEME}://cluster/${clusterId}/${screen}${node}${moment}`;
}

function clusterLink(parts: readonly string[], query: string | undefined): ParsedLink {
  const [clusterId = '', name = 'overview', nodeId = null] = parts;
  if (parts.length > 3 || !ID.test(clusterId) || (nodeId !== null && !ID.test(nodeId))) {
    return no('It does not name a cluster or a node as Raftdeck does.');
  }
  const screen = CLUSTER_SCREENS.find((one) => one === name);
  if (screen === undefined) return no('It asks for a screen that there is not.');
  if (query === undefined) return { ok: true, target: { screen, clusterId, nodeId, atMs: null } };
  const moment = /^at=(?<ms>.*)$/.exec(query)?.groups?.['ms'] ?? '';
  const atMs = Number(moment);
  if (!MOMENT.test(moment) || atMs > TIME_MAX_MS) {
    return no(
      'It asks for more than a moment: at=, with Unix milliseconds, is all that may follow.',
    );
  }
  return { ok: true, target: { screen, clusterId, nodeId, atMs } };
}

function no(why: string): ParsedLink {
  return { ok: false, why };
}
