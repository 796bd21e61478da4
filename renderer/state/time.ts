import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostApi } from '../../main/contract/host-api.ts';
import type { StepKind } from '../../main/contract/recording.ts';
import type { ClockSpan, ClockState } from './clock.ts';
import type { ClusterState } from './cluster.ts';
import { isClusterScreen, type Route, type RouteState } from './route.ts';

/** How the moment on the screen moves: with the cluster, not at all, or slower than it happened. */
export type Pace = 'live' | 'paused' | 'half' | 'tenth';

export interface TimePosition {
  /** The moment that every panel shows, Unix ms; null while it is the present. */
  readonly atMs: number | null;
  readonly pace: Pace;
  /** Why that moment cannot be shown, or null. */
  readonly problem: string | null;
}

/** Which moment the window shows. Nothing in it reaches the cluster: it goes on whatever is looked at. */
export interface TimeState {
  readonly store: StoreApi<TimePosition>;
  /** Shows that moment; null is the present. */
  readonly go: (atMs: number | null) => void;
  /** Replays what was recorded, from the moment shown or a little before the present. */
  readonly play: (pace: 'half' | 'tenth') => void;
  /** Holds the picture, or lets it go on. */
  readonly togglePause: () => void;
  /** Goes to the next or previous event, election or bookmark. */
  readonly step: (direction: 'next' | 'previous', kind: StepKind) => Promise<void>;
}

const PRESENT: TimePosition = { atMs: null, pace: 'live', problem: null };
const SPEEDS = { half: 0.5, tenth: 0.1 } as const;
const PLAY_TICK_MS = 200;
/** A replay that is begun from the present begins this long ago. */
const REPLAY_FROM_MS = 5_000;
/** The address follows the moment when it has stayed for so long: browsers limit how often it may. */
const ADDRESS_DELAY_MS = 300;

interface TimeParts {
  readonly api: Pick<HostApi, 'readMoment' | 'findStep'>;
  readonly cluster: ClusterState;
  readonly clock: ClockState;
  readonly route: RouteState;
}

export function createTimeState(parts: TimeParts): TimeState {
  return new TimeTravel(parts);
}

function withinSpan(atMs: number, { fromMs, toMs }: ClockSpan): number {
  return Math.min(Math.max(atMs, fromMs), toMs);
}

class TimeTravel implements TimeState {
  readonly store = createStore<TimePosition>()(() => PRESENT);
  readonly #parts: TimeParts;
  #loading = false;
  /** The moment that the panels have. */
  #shownMs: number | null = null;
  #playing: ReturnType<typeof setInterval> | null = null;
  #addressTimer: ReturnType<typeof setTimeout> | null = null;
  #writesAddress = false;

  constructor(parts: TimeParts) {
    this.#parts = parts;
    const { store } = parts.route;
    store.subscribe((next, before) => this.#follow(next, before));
    const { clusterId, atMs } = store.getState();
    if (clusterId !== null && atMs !== null) this.go(atMs);
  }

  readonly go = (atMs: number | null): void => this.#go(atMs, 'paused');

  readonly play = (pace: 'half' | 'tenth'): void => {
    this.#stopPlaying();
    const { clock } = this.#parts;
    this.#go(this.store.getState().atMs ?? clock.hostNow() - REPLAY_FROM_MS, pace);
    this.#playing = setInterval(() => {
      const { atMs } = this.store.getState();
      if (atMs !== null) this.#go(atMs + PLAY_TICK_MS * SPEEDS[pace], pace);
    }, PLAY_TICK_MS);
  };

  readonly togglePause = (): void => {
    const { atMs, pace } = this.store.getState();
    if (atMs === null) this.go(this.#parts.clock.hostNow() - 1);
    else if (pace === 'paused') this.play('half');
    else this.go(atMs);
  };

  readonly step = async (direction: 'next' | 'previous', kind: StepKind): Promise<void> => {
    const { api, clock, route } = this.#parts;
    const { clusterId } = route.store.getState();
    if (clusterId === null) return;
    const atMs = this.store.getState().atMs ?? clock.hostNow();
    const result = await api.findStep({ clusterId, atMs, direction, kind });
    if (!result.ok) this.store.setState({ problem: result.error.message });
    else if (result.value !== null) this.go(result.value.timeMs);
    else if (direction === 'next') this.go(null);
  };

  #go(atMs: number | null, pace: Pace): void {
    const { clock, cluster } = this.#parts;
    const span = clock.standsIn();
    if (span === null && (atMs === null || atMs >= clock.hostNow())) {
      this.#stopPlaying();
      this.#shownMs = null;
      this.store.setState(PRESENT);
      clock.hold(null);
      cluster.showLive();
      this.#writeAddress(null);
      return;
    }
    // A recording has no present: its end is a moment like any other.
    const wantedMs = span === null ? atMs : withinSpan(atMs ?? span.toMs, span);
    const isAtEnd = wantedMs === span?.toMs;
    if (pace === 'paused' || isAtEnd) this.#stopPlaying();
    this.store.setState({ atMs: wantedMs, pace: isAtEnd ? 'paused' : pace });
    this.#writeAddress(wantedMs);
    void this.#load();
  }

  /** Reads the moment that is wanted; while one is read only the newest wish is remembered. */
  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    const { api, clock, cluster, route } = this.#parts;
    for (;;) {
      const { atMs } = this.store.getState();
      const { clusterId } = route.store.getState();
      if (atMs === null || clusterId === null || atMs === this.#shownMs) break;
      const result = await api.readMoment({ clusterId, atMs });
      const isWanted = this.store.getState().atMs !== null;
      if (!isWanted || route.store.getState().clusterId !== clusterId) continue;
      this.#shownMs = atMs;
      if (result.ok) {
        clock.hold(atMs);
        cluster.showMoment(result.value);
      }
      this.store.setState({ problem: result.ok ? null : result.error.message });
    }
    this.#loading = false;
  }

  /** Somebody went to another place, with Back or by a link. */
  #follow(next: Route, before: Route): void {
    if (this.#writesAddress) return;
    const { atMs } = this.store.getState();
    if (!isClusterScreen(next.screen)) {
      if (atMs !== null) this.go(null);
    } else if (next.clusterId !== before.clusterId) {
      this.#shownMs = null;
      // The moment belongs to the cluster that was left, unless the address names one itself.
      this.go(next.clusterId === null || next.atMs === before.atMs ? null : next.atMs);
    } else if (next.atMs !== before.atMs && next.atMs !== atMs) this.go(next.atMs);
  }

  #stopPlaying(): void {
    if (this.#playing !== null) clearInterval(this.#playing);
    this.#playing = null;
  }

  #writeAddress(atMs: number | null): void {
    if (this.#addressTimer !== null) clearTimeout(this.#addressTimer);
    this.#addressTimer = null;
    const write = (): void => {
      this.#writesAddress = true;
      this.#parts.route.go({ atMs });
      this.#writesAddress = false;
    };
    if (atMs !== null) this.#addressTimer = setTimeout(write, ADDRESS_DELAY_MS);
    else if (this.#parts.route.store.getState().atMs !== null) write();
  }
}
