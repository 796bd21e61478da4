import {
  argumentError,
  fieldsOf,
  integer,
  nullable,
  oneOf,
  requestOf,
  text,
  textList,
  type Check,
} from './argument.ts';
import { clusterName, id } from './field-checks.ts';
import {
  KEYS_DESCRIBED_MAX,
  KEYS_PAGE_MAX,
  type KeyCalls,
  type KeyChangeRequest,
  VALUE_PIECE_MAX,
} from './keys.ts';
import { checkStretch } from './recording-file.ts';
import type { DownloadSource, RestoreRequest, SnapshotCalls } from './snapshots.ts';

/** Longest key that is taken, in bytes; the window shows no more of one either. */
const KEY_BYTES_MAX = 64 * 1024;
/** The longest value that kv takes. */
const VALUE_BYTES_MAX = 64 * 1024 * 1024;
/** A hundred years. */
const TTL_MAX_MS = 100 * 365 * 86_400_000;

function base64(bytesMax: number): Check<string> {
  return text({
    minLength: 0,
    maxLength: Math.ceil(bytesMax / 3) * 4,
    pattern: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    rule: 'must be base64',
  });
}

const key = base64(KEY_BYTES_MAX);
const value = base64(VALUE_PIECE_MAX);
const ttlMs = integer({ min: 1, max: TTL_MAX_MS });
const cursor = text({ minLength: 1, maxLength: 20, pattern: /^[0-9]+$/, rule: 'must be a number' });
const anyTtl = nullable(ttlMs);
const source = { clusterId: id, nodeId: nullable(id) };
const snapshotId = text({
  minLength: 1,
  maxLength: 60,
  pattern: /^[0-9]+(?:-[0-9]+)+$/,
  rule: 'must be the id of a snapshot',
});
const voters = oneOf([1, 3, 5, 7, 9]);

type Change<T extends KeyChangeRequest['type']> = Extract<KeyChangeRequest, { readonly type: T }>;

const change: Check<KeyChangeRequest> = (given, field) => {
  const known = fieldsOf(given, { required: ['type'], optional: ['value', 'ttlMs'] });
  if (!known.ok) return known;
  const type = oneOf(['create', 'set', 'expire', 'persist', 'delete'] as const)(
    known.value.get('type'),
    `${field}.type`,
  );
  if (!type.ok) return type;
  switch (type.value) {
    case 'create':
      return requestOf<Change<'create'>>({ type: oneOf(['create']), value, ttlMs: anyTtl })(
        given,
        field,
      );
    case 'set':
      return requestOf<Change<'set'>>({ type: oneOf(['set']), value })(given, field);
    case 'expire':
      return requestOf<Change<'expire'>>({ type: oneOf(['expire']), ttlMs })(given, field);
    case 'persist':
      return requestOf<Change<'persist'>>({ type: oneOf(['persist']) })(given, field);
    case 'delete':
      return requestOf<Change<'delete'>>({ type: oneOf(['delete']) })(given, field);
  }
};

const downloadSource: Check<DownloadSource> = (given, field) => {
  const known = fieldsOf(given, {
    required: ['type'],
    optional: ['nodeId', 'snapshotId', 'key', 'stretch'],
  });
  if (!known.ok) return known;
  const type = known.value.get('type');
  if (type === 'snapshot') {
    return requestOf<Extract<DownloadSource, { readonly type: 'snapshot' }>>({
      type: oneOf(['snapshot']),
      nodeId: id,
      snapshotId,
    })(given, field);
  }
  if (type === 'recording') {
    return requestOf<Extract<DownloadSource, { readonly type: 'recording' }>>({
      type: oneOf(['recording']),
      stretch: checkStretch,
    })(given, field);
  }
  if (type !== 'value') {
    return argumentError(`${field}.type`, 'must be one of snapshot, value, recording');
  }
  return requestOf<Extract<DownloadSource, { readonly type: 'value' }>>({
    type: oneOf(['value']),
    key,
  })(given, field);
};

const restore: Check<RestoreRequest> = (given) => {
  const required = ['clusterId', 'nodeId', 'snapshotId', 'nodes'];
  const fields = fieldsOf(given, { required, optional: ['name'] });
  if (!fields.ok) return fields;
  const named = fields.value.has('name');
  const checks = { clusterId: id, nodeId: id, snapshotId, nodes: voters };
  return named
    ? requestOf<Required<RestoreRequest>>({ ...checks, name: clusterName })(given, 'request')
    : requestOf<Omit<RestoreRequest, 'name'>>(checks)(given, 'request');
};

type Request<C extends keyof KeyCalls> = Parameters<KeyCalls[C]>[0];

/** The checks of the calls about keys. */
export const KEY_CHECKS: { readonly [C in keyof KeyCalls]: Check<Request<C>> } = {
  scanKeys: requestOf<Request<'scanKeys'>>({
    ...source,
    cursor,
    match: nullable(base64(KEY_BYTES_MAX)),
    count: integer({ min: 1, max: KEYS_PAGE_MAX }),
  }),
  describeKeys: requestOf<Request<'describeKeys'>>({
    ...source,
    keys: textList({
      minItems: 1,
      maxItems: KEYS_DESCRIBED_MAX,
      maxTotal: 512 * 1024,
      item: key,
    }),
  }),
  readValue: requestOf<Request<'readValue'>>({
    ...source,
    key,
    offset: integer({ min: 0, max: VALUE_BYTES_MAX }),
    limit: integer({ min: 1, max: VALUE_PIECE_MAX }),
  }),
  compareKey: requestOf<Request<'compareKey'>>({ clusterId: id, key }),
  changeKey: requestOf<Request<'changeKey'>>({ clusterId: id, key, change }),
};

/** The checks of the calls about snapshots. */
export const SNAPSHOT_CHECKS: {
  readonly [C in keyof SnapshotCalls]: Check<Parameters<SnapshotCalls[C]>[0]>;
} = {
  prepareDownload: requestOf<Parameters<SnapshotCalls['prepareDownload']>[0]>({
    clusterId: id,
    source: downloadSource,
  }),
  restoreToNewCluster: restore,
  replaceState: requestOf<Parameters<SnapshotCalls['replaceState']>[0]>({
    clusterId: id,
    nodeId: id,
    snapshotId,
    // Any text is a well-formed answer; whether it is the right one is the host's to say.
    confirmName: text({ minLength: 0, maxLength: 200 }),
  }),
};
