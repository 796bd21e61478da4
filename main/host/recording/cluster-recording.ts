import { join } from 'node:path';

import type { ClusterView, EventView } from '../../contract/model.ts';
import { EventLog } from '../event-log.ts';
import { Recorder } from './recorder.ts';
import { RecordingReader } from './recording-reader.ts';
import { recordingLimits } from './recording-store.ts';

/**
 * Events are numbered from here, so that the numbers of one host come after those of the one before
 * it: a host would have to see a thousand events a millisecond to reach those of the next.
 */
const FIRST_SEQUENCE = Date.now() * 1_000;

/** What happens in one cluster: told at once to whoever listens, and recorded. */
export class ClusterRecording {
  readonly events: EventLog;
  readonly reader: RecordingReader;
  readonly #recorder: Recorder;

  constructor(options: {
    readonly clusterId: string;
    /** The folder of the cluster. */
    readonly directory: string;
    /** How much of the past is kept, MiB. */
    readonly keptMiB: number;
    readonly log: (line: string) => void;
    readonly onEvents: (events: readonly EventView[]) => void;
  }) {
    const { clusterId, directory, keptMiB, log, onEvents } = options;
    this.#recorder = new Recorder({
      folder: join(directory, 'recording'),
      heard: () => this.events.heard(),
      limits: recordingLimits(keptMiB),
      log,
    });
    this.reader = new RecordingReader(clusterId, this.#recorder);
    const publish = (events: readonly EventView[]): void => {
      this.#recorder.events(events);
      this.reader.noteEvents(events);
      onEvents(events);
    };
    this.events = new EventLog(clusterId, publish, FIRST_SEQUENCE);
  }

  /** Keeps more or less of the past from now on, MiB. */
  keep(keptMiB: number): Promise<void> {
    return this.#recorder.setLimits(recordingLimits(keptMiB));
  }

  /** A new picture of the cluster. */
  view(view: ClusterView): void {
    this.#recorder.view(view);
  }

  /** Goes on with what an earlier host recorded, before any node is taken up; until when it did. */
  async resume(): Promise<number | null> {
    const store = await this.#recorder.store();
    if (store === null) return null;
    this.events.resume(await store.heard());
    return store.sessions.at(-1)?.toMs ?? null;
  }

  /** Writes what is not yet recorded and lets go of the files. */
  async close(): Promise<void> {
    this.events.close();
    await this.#recorder.close();
  }
}
