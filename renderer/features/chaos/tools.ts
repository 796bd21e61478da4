import type { ChaosTool } from '../../state/chaos.ts';
import type { IconName } from '../../ui/icon.tsx';
import type { ShortcutId } from '../shell/shortcuts.ts';

/** What the form of a fault asks for: two sides, a link, nodes, or a node's process. */
export type ToolForm = 'partition' | 'link' | 'node' | 'process';

/** A fault of the palette. */
export interface Tool {
  readonly id: ChaosTool;
  readonly form: ToolForm;
  readonly group: 'Process' | 'Network' | 'Disk' | 'Clock';
  readonly label: string;
  readonly icon: IconName;
  readonly shortcut?: ShortcutId;
  /** What it does, in a sentence. */
  readonly does: string;
}

export const TOOLS: readonly Tool[] = [
  {
    id: 'kill',
    form: 'process',
    group: 'Process',
    label: 'Kill −9',
    icon: 'kill',
    does: 'Ends the process at once (SIGKILL). Nothing is flushed, nobody is told.',
  },
  {
    id: 'freeze',
    form: 'process',
    group: 'Process',
    label: 'Freeze',
    icon: 'freeze',
    does: 'Stops the process where it is (SIGSTOP): its sockets stay open and nothing answers.',
  },
  {
    id: 'restart',
    form: 'process',
    group: 'Process',
    label: 'Restart',
    icon: 'restart',
    does: 'Asks the process to end (SIGTERM) and starts it again from its disk.',
  },
  {
    id: 'partition',
    form: 'partition',
    group: 'Network',
    label: 'Partition',
    icon: 'partition',
    shortcut: 'partition',
    does: 'Draw a line across the ring, or choose a side for each node.',
  },
  {
    id: 'link-cut',
    form: 'link',
    group: 'Network',
    label: 'Cut a link',
    icon: 'scissors',
    does: 'Every Raft message on the link is lost.',
  },
  {
    id: 'link-delay',
    form: 'link',
    group: 'Network',
    label: 'Delay',
    icon: 'fault',
    shortcut: 'delay',
    does: 'Every Raft message on the link is late.',
  },
  {
    id: 'link-drop',
    form: 'link',
    group: 'Network',
    label: 'Drop messages',
    icon: 'drop',
    does: 'Some Raft messages on the link are lost, by chance.',
  },
  {
    id: 'link-rate',
    form: 'link',
    group: 'Network',
    label: 'Limit the rate',
    icon: 'rate',
    does: 'The link carries so much and no more; what waits too long is lost.',
  },
  {
    id: 'disk-slow',
    form: 'node',
    group: 'Disk',
    label: 'Slow writes',
    icon: 'disk',
    does: 'Every write of log and snapshots takes so much longer.',
  },
  {
    id: 'disk-full',
    form: 'node',
    group: 'Disk',
    label: 'Full',
    icon: 'disk-full',
    does: 'Every write is refused as if no space were left. A node that must write its log stops, until it is restarted.',
  },
  {
    id: 'disk-fsync-error',
    form: 'node',
    group: 'Disk',
    label: 'fsync error',
    icon: 'warning',
    does: 'Every sync fails. The node stops writing and stays so until it is restarted.',
  },
  {
    id: 'clock-offset',
    form: 'node',
    group: 'Clock',
    label: 'Jump',
    icon: 'clock',
    does: 'The wall clock of the node is off. Raft itself does not use it; expiry of keys does.',
  },
];

export function toolOf(id: ChaosTool): Tool {
  const found = TOOLS.find((tool) => tool.id === id);
  if (found === undefined) throw new Error(`There is no fault ${id}.`);
  return found;
}
