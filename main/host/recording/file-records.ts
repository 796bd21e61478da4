import type { MetricsPoint, NodeMetrics } from '../../contract/metrics.ts';
import type { EventView, OutputLine } from '../../contract/model.ts';
import type { BookmarkView, SampleView } from '../../contract/recording.ts';
import type { FileRecord, RecordKind } from './file-format.ts';
import type { FrameChunk } from './frames.ts';
import type { Session } from './recording-store.ts';
import {
  byName,
  id,
  list,
  number,
  object,
  oneOf,
  orNull,
  type Shape,
  shallow,
  text,
  time,
} from './shapes.ts';
import { isClusterView } from './view-shape.ts';

/*
 * What the records of a file hold. The same shapes decide what is written and what is read, so that what
 * was saved can be opened.
 */

/** The first record: what the file is of. */
export interface AboutFile {
  /** The version of the app that wrote it. */
  readonly version: string;
  readonly clusterName: string;
  /** The machine, by its own name. */
  readonly host: string;
  readonly savedAtMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nodes: number;
}

/** What each kind of record holds. */
export interface RecordValues {
  readonly about: AboutFile;
  readonly session: Session;
  readonly bookmark: BookmarkView;
  readonly frames: FrameChunk;
  readonly marks: readonly EventView[];
  readonly events: readonly EventView[];
  readonly samples: readonly SampleView[];
  readonly metrics: readonly MetricsPoint[];
  readonly output: readonly OutputLine[];
}

/** A record that has been read and has the shape of its kind. */
export type ReadRecord = {
  readonly [K in RecordKind]: { readonly kind: K; readonly value: RecordValues[K] };
}[RecordKind];

/** More than half a second holds of anything. */
const ITEMS_MAX = 200_000;
const NODES_MAX = 200;
/** Fields of an event are plain, or lists of plain things. */
const DEPTH_MAX = 6;
/** A picture and what changes in it. */
const PATCH_DEPTH_MAX = 40;

/** Nothing that hides or turns text on the screen: it stands in the header. */
function plainText(max: number): Shape {
  const isPlain = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]*$/u;
  return (value) => text(max)(value) && typeof value === 'string' && isPlain.test(value);
}

const about = object<AboutFile>(
  {
    version: text(60),
    clusterName: plainText(200),
    host: plainText(255),
    savedAtMs: time,
    fromMs: time,
    toMs: time,
    nodes: number,
  },
  {},
);

const session = object<Session>({ fromMs: time, toMs: time }, {});
const bookmark = object<BookmarkView>({ id, timeMs: time, label: text(200) }, {});

const event = object<EventView>(
  {
    sequence: number,
    clusterId: id,
    nodeId: id,
    nodeSequence: orNull(number),
    timeMs: time,
    type: text(100),
    fields: (value) => byName(shallow(DEPTH_MAX), 200)(value),
  },
  {},
);

const sample = object<SampleView>(
  {
    timeMs: time,
    leaderId: orNull(id),
    term: orNull(number),
    commitIndex: orNull(number),
    commitP99Ms: orNull(number),
    lagById: byName(number, NODES_MAX),
  },
  {},
);

const nodeMetrics = object<NodeMetrics>(
  {
    lag: orNull(number),
    fsyncP99Ms: orNull(number),
    logBytes: number,
    residentBytes: number,
  },
  {},
);

const point = object<MetricsPoint>(
  {
    timeMs: time,
    leaderId: orNull(id),
    term: orNull(number),
    operationsPerSecond: orNull(number),
    commitP50Ms: orNull(number),
    commitP99Ms: orNull(number),
    nodes: byName(nodeMetrics, NODES_MAX),
  },
  {},
);

const line = object<OutputLine>(
  { nodeId: id, timeMs: time, stream: oneOf('stdout', 'stderr'), text: text(1024 * 1024) },
  {},
);

/** What comes of a change is looked at when it is shown: it may be anything until then. */
const change: Shape = (value) =>
  Array.isArray(value) && value.length === 2 && time(value[0]) && isPatch(value[1], 0);

function isPatch(value: unknown, depth: number): boolean {
  if (!Array.isArray(value) || depth > PATCH_DEPTH_MAX) return false;
  const [kind, content, removed] = value as readonly unknown[];
  if (kind === '=') return value.length === 2 && shallow(PATCH_DEPTH_MAX)(content);
  if (kind !== '~' || value.length !== 3) return false;
  const changes = byName((inner) => isPatch(inner, depth + 1), ITEMS_MAX);
  return changes(content) && list(text(200), ITEMS_MAX)(removed);
}

const frames = object<FrameChunk>(
  { whole: orNull(isClusterView), changes: list(change, ITEMS_MAX) },
  {},
);

const SHAPES: { readonly [K in RecordKind]: Shape } = {
  about,
  session,
  bookmark,
  frames,
  marks: list(event, ITEMS_MAX),
  events: list(event, ITEMS_MAX),
  samples: list(sample, ITEMS_MAX),
  metrics: list(point, ITEMS_MAX),
  output: list(line, ITEMS_MAX),
};

/** The record's value; null when it has not the shape of its kind. */
export function readRecord({ kind, json }: FileRecord): ReadRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  // The shape is that of the kind: the compiler cannot follow it through the table.
  return SHAPES[kind](value) ? ({ kind, value } as ReadRecord) : null;
}
