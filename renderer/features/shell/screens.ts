import { isClusterScreen, type Screen } from '../../state/route.ts';
import type { IconName } from '../../ui/icon.tsx';

/** A screen as the rail, the keys and the command palette name it. */
export interface ScreenEntry {
  readonly screen: Screen;
  readonly icon: IconName;
  readonly label: string;
  /** What leads there, the first one printed beside it. */
  readonly keys: readonly string[];
  /** Words by which it is looked for, beside its label. */
  readonly also: string;
}

/** Every screen, once, in the order of the rail. */
export const SCREENS: readonly ScreenEntry[] = [
  {
    screen: 'clusters',
    icon: 'clusters',
    label: 'Clusters',
    keys: ['Ctrl+1'],
    also: 'create new open list',
  },
  {
    screen: 'overview',
    icon: 'overview',
    label: 'Overview',
    keys: ['Ctrl+2'],
    also: 'ring matrix table nodes leader',
  },
  { screen: 'logs', icon: 'logs', label: 'Logs', keys: ['Ctrl+3'], also: 'entries index raft log' },
  {
    screen: 'chaos',
    icon: 'chaos',
    label: 'Chaos lab',
    keys: ['Ctrl+5'],
    also: 'faults partition delay drop kill freeze disk clock load linearizable heal',
  },
  {
    screen: 'console',
    icon: 'terminal',
    label: 'Console',
    keys: ['Ctrl+6', 'Ctrl+`'],
    also: 'redis-cli command resp',
  },
  {
    screen: 'data',
    icon: 'data',
    label: 'Data',
    keys: ['Ctrl+7'],
    also: 'keys values browser scan ttl edit',
  },
  {
    screen: 'snapshots',
    icon: 'snapshots',
    label: 'Snapshots',
    keys: ['Ctrl+8'],
    also: 'backup restore verify download shrink',
  },
  {
    screen: 'metrics',
    icon: 'metrics',
    label: 'Metrics',
    keys: ['Ctrl+9'],
    also: 'charts latency operations lag fsync memory',
  },
  {
    screen: 'output',
    icon: 'output',
    label: 'Output',
    keys: ['Ctrl+J'],
    also: 'node log lines stdout stderr print',
  },
  {
    screen: 'settings',
    icon: 'settings',
    label: 'Settings',
    keys: ['Ctrl+,'],
    also: 'preferences theme motion keys notifications',
  },
];

/** What a recording that was opened from a file can show: the rest asks the nodes themselves. */
const RECORDED: ReadonlySet<Screen> = new Set(['overview', 'metrics', 'output']);

/** Why a screen cannot be opened now, or null. */
export function screenBlock(
  screen: Screen,
  { clusterId, inRecording }: { readonly clusterId: string | null; readonly inRecording: boolean },
): string | null {
  if (!isClusterScreen(screen)) return null;
  if (clusterId === null) return 'Open a cluster first';
  return inRecording && !RECORDED.has(screen) ? 'A recording does not hold this' : null;
}

/** The digit that leads to a screen with Ctrl; null where another key does. */
export function digitOf({ keys }: ScreenEntry): string | null {
  return /^Ctrl\+(\d)$/.exec(keys[0] ?? '')?.[1] ?? null;
}

/** What a screen is called. */
export function screenLabel(screen: Screen): string {
  return SCREENS.find((entry) => entry.screen === screen)?.label ?? screen;
}
