import type {
  ClockStatus,
  FaultStatus,
  FollowerProgress,
  LinkState,
  MemberStatus,
  NodeCounters,
  NodeFigures,
  NodeStatus,
  NodeTrace,
  RestoreStatus,
  SnapshotStatus,
  TraceHistory,
} from '../../node-engine/node/status.ts';

/*
 * Reads the documents of RAFT WATCH. They come from a socket, and what answers on a port need not be
 * the node that was started there: nothing is believed before its shape is checked. Fields that this
 * version does not know are ignored, so that a newer node can still be watched, and what an older one
 * does not say is taken for what was true of it: nodes outlive the host that started them, and the
 * next host may be a newer one.
 */

/** What a document was, or why it is not one. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

type Kind =
  | 'count'
  | 'number'
  | 'string'
  | 'boolean'
  | 'count?'
  | 'number?'
  | 'string?'
  | readonly string[]
  | { readonly listOf: Shape }
  | { readonly shape: Shape }
  | { readonly shapeOrNull: Shape }
  | Added;

/** A field that the first nodes did not send, and what its absence says. */
interface Added {
  readonly added: Kind;
  readonly absent: unknown;
}

type Shape = Readonly<Record<string, Kind>>;

/** A shape with a row for each field of T, so that a field added to the type is asked for here. */
type ShapeOf<T> = { readonly [F in keyof T]-?: Kind };

function added(kind: Kind, absent: unknown): Added {
  return { added: kind, absent };
}

const MEMBER: ShapeOf<MemberStatus> = {
  id: 'string',
  peerAddress: 'string',
  clientAddress: 'string',
  voter: 'boolean',
  promote: 'boolean',
};

const FOLLOWER: ShapeOf<FollowerProgress> = {
  id: 'string',
  state: ['probe', 'replicate', 'snapshot'],
  matchIndex: 'count',
  nextIndex: 'count',
  appendsInFlight: 'count',
  lastContactMs: 'number?',
  roundTripMs: 'number?',
  snapshotSentBytes: 'count?',
  snapshotSizeBytes: 'count?',
  connected: 'boolean',
};

const LINK: ShapeOf<LinkState> = {
  id: 'string',
  connected: 'boolean',
  lastError: 'string?',
};

const CLOCK: ShapeOf<ClockStatus> = {
  id: 'string',
  offsetMs: 'number',
  errorMs: 'number',
  ageMs: 'number',
};

const FAULT: ShapeOf<FaultStatus> = {
  id: 'string',
  kind: 'string',
  description: 'string',
  peerId: 'string?',
  direction: ['in', 'out', 'none'],
  leaseMs: 'number',
  measured: 'string',
  seen: 'count',
  stopped: 'count',
  shifted: 'count',
  meanMs: 'number?',
  extremeMs: 'number?',
  bytesPerSecond: 'count?',
};

const SNAPSHOT: ShapeOf<SnapshotStatus> = {
  id: 'string',
  index: 'count',
  term: 'count',
  sizeBytes: 'count',
  madeAtMs: 'number',
};

const RESTORE: ShapeOf<RestoreStatus> = {
  name: 'string',
  step: ['checking', 'copying'],
  bytes: 'count',
  sizeBytes: 'count',
};

const COUNTERS: ShapeOf<NodeCounters> = {
  commands: 'count',
  writes: 'count',
  reads: 'count',
  errors: 'count',
  elections: 'count',
  logWrites: 'count',
  logWriteBytes: 'count',
  snapshotsTaken: 'count',
  snapshotsInstalled: 'count',
  messagesSent: 'count',
  messagesReceived: 'count',
  connections: 'count',
};

const FIGURES: ShapeOf<NodeFigures> = {
  writesPerSecond: 'number',
  readsPerSecond: 'number',
  commitP50Ms: 'number?',
  commitP99Ms: 'number?',
  fsyncP50Ms: 'number?',
  fsyncP99Ms: 'number?',
  residentBytes: 'number',
  heapBytes: 'number',
  cpuPercent: 'number',
};

const STATUS: ShapeOf<NodeStatus> = {
  version: 'count',
  timeMs: 'number',
  sequence: 'count',
  id: 'string',
  clusterId: 'string',
  pid: 'count',
  startedAtMs: 'number',
  softwareVersion: 'string',
  machine: 'string',
  backend: 'string',
  durability: 'string',
  consistency: 'string',
  redirect: 'string',
  dialect: 'string',
  clientAddress: 'string',
  peerAddress: 'string',
  directory: 'string',
  health: ['ok', 'waiting', 'loading', 'removed', 'damaged', 'storage-failed'],
  healthReason: 'string?',
  role: ['follower', 'pre-candidate', 'candidate', 'leader'],
  voter: 'boolean',
  term: 'count',
  votedFor: 'string?',
  leaderId: 'string?',
  leaderClientAddress: 'string?',
  leaderContactMs: 'number?',
  stateAgeMs: added('number?', null),
  transferTarget: 'string?',
  members: { listOf: MEMBER },
  membershipIndex: 'count',
  membershipCommitted: 'boolean',
  firstIndex: 'count',
  lastIndex: 'count',
  lastTerm: 'count',
  stableIndex: 'count',
  commitIndex: 'count',
  appliedIndex: 'count',
  snapshotIndex: 'count',
  snapshotTerm: 'count',
  snapshots: { listOf: SNAPSHOT },
  snapshotInProgress: 'boolean',
  // It could not replace its state.
  restore: added({ shapeOrNull: RESTORE }, null),
  logBytes: 'number',
  keys: 'number',
  followers: { listOf: FOLLOWER },
  // Nothing is known of its links and of its peers' clocks.
  links: added({ listOf: LINK }, []),
  clocks: added({ listOf: CLOCK }, []),
  electionTimeoutMinMs: 'number',
  electionTimeoutMaxMs: 'number',
  heartbeatIntervalMs: 'number',
  faultsAllowed: 'boolean',
  faults: { listOf: FAULT },
  counters: { shape: COUNTERS },
  figures: { shape: FIGURES },
};

/** What an older node does not say, as it is to be read. */
const ABSENT: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries<Kind>(STATUS).flatMap(([field, kind]) =>
    isAdded(kind) ? [[field, kind.absent]] : [],
  ),
);

/** Most items of one list in a document. */
const LIST_MAX = 10_000;

/** Reads a `status` document. */
export function parseStatus(json: string): Parsed<NodeStatus> {
  const document = parseObject(json);
  if (!document.ok) return document;
  if (document.value['version'] !== 1) {
    return { ok: false, reason: `status format ${shown(document.value['version'])}, not 1` };
  }
  const problem = mismatch(document.value, STATUS, '', 'whole');
  if (problem !== null) return { ok: false, reason: problem };
  return { ok: true, value: { ...ABSENT, ...document.value } as unknown as NodeStatus };
}

/** Applies a `figures` document: what it holds replaces what was there, the rest stays. */
export function applyFigures(status: NodeStatus, json: string): Parsed<NodeStatus> {
  const document = parseObject(json);
  if (!document.ok) return document;
  const problem = mismatch(document.value, STATUS, '', 'part');
  if (problem !== null) return { ok: false, reason: problem };
  const { version, id } = status;
  return { ok: true, value: { ...status, ...document.value, version, id } };
}

/** Reads a `trace` document: a list of events. */
export function parseTraces(json: string): Parsed<readonly NodeTrace[]> {
  const list = parseJson(json);
  return list.ok ? readTraces(list.value) : list;
}

/** Reads a `history` document: what a node kept of its trace. */
export function parseHistory(json: string): Parsed<TraceHistory> {
  const document = parseObject(json);
  if (!document.ok) return document;
  const { from, through } = document.value;
  if (!isCount(from) || !isCount(through)) {
    return { ok: false, reason: 'a history does not say which numbers it covers' };
  }
  const traces = readTraces(document.value['traces']);
  return traces.ok ? { ok: true, value: { from, through, traces: traces.value } } : traces;
}

function readTraces(list: unknown): Parsed<readonly NodeTrace[]> {
  if (!Array.isArray(list)) return { ok: false, reason: 'a trace is not a list' };
  const traces: NodeTrace[] = [];
  for (const item of list as readonly unknown[]) {
    if (!isRecord(item) || !isRecord(item['event'])) {
      return { ok: false, reason: 'a traced event is not an object' };
    }
    const { sequence, timeMs, event } = item;
    const type = event['type'];
    if (!isCount(sequence) || !isNumber(timeMs) || typeof type !== 'string' || type.length > 60) {
      return { ok: false, reason: 'a traced event lacks its number, time or type' };
    }
    traces.push({ sequence, timeMs, event: { ...event, type } });
  }
  return { ok: true, value: traces };
}

function parseJson(json: string): Parsed<unknown> {
  try {
    return { ok: true, value: JSON.parse(json) as unknown };
  } catch {
    return { ok: false, reason: 'a document is not JSON' };
  }
}

function parseObject(json: string): Parsed<Record<string, unknown>> {
  const document = parseJson(json);
  if (!document.ok) return document;
  if (!isRecord(document.value)) return { ok: false, reason: 'a document is not an object' };
  return { ok: true, value: document.value };
}

/** The first field that is not as `shape` says, in words; null when all are. */
function mismatch(
  record: Readonly<Record<string, unknown>>,
  shape: Shape,
  place: string,
  extent: 'whole' | 'part',
): string | null {
  for (const [field, kind] of Object.entries(shape)) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    if (value === undefined) {
      if (extent === 'part' || isAdded(kind)) continue;
      return `${place}${field} is missing`;
    }
    const problem = mismatchOfField(value, kind, `${place}${field}`);
    if (problem !== null) return problem;
  }
  return null;
}

function mismatchOfField(value: unknown, kind: Kind, place: string): string | null {
  if (typeof kind === 'string') {
    const optional = kind.endsWith('?');
    if (optional && value === null) return null;
    const fits = matchesPrimitive(value, optional ? kind.slice(0, -1) : kind);
    return fits ? null : `${place} is ${shown(value)}, not a ${kind}`;
  }
  if (isAdded(kind)) return mismatchOfField(value, kind.added, place);
  if ('listOf' in kind) {
    if (!Array.isArray(value) || value.length > LIST_MAX) return `${place} is not a short list`;
    for (const [offset, item] of (value as readonly unknown[]).entries()) {
      if (!isRecord(item)) return `${place}[${offset}] is not an object`;
      const problem = mismatch(item, kind.listOf, `${place}[${offset}].`, 'whole');
      if (problem !== null) return problem;
    }
    return null;
  }
  if ('shapeOrNull' in kind) {
    return value === null ? null : mismatchOfField(value, { shape: kind.shapeOrNull }, place);
  }
  if ('shape' in kind) {
    if (!isRecord(value)) return `${place} is not an object`;
    return mismatch(value, kind.shape, `${place}.`, 'whole');
  }
  return typeof value === 'string' && kind.includes(value)
    ? null
    : `${place} is ${shown(value)}, not one of ${kind.join(', ')}`;
}

function isAdded(kind: Kind): kind is Added {
  return typeof kind === 'object' && 'added' in kind;
}

function matchesPrimitive(value: unknown, kind: string): boolean {
  if (kind === 'count') return isCount(value);
  if (kind === 'number') return isNumber(value);
  return typeof value === kind;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A short form of a foreign value for a message. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? 'nothing' : json.slice(0, 60);
}
