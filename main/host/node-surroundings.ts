import type { OutputLine } from '../contract/model.ts';
import type { EventLog } from './event-log.ts';
import type { LaunchRole, NodeLaunch } from './node-launch.ts';
import type { RespDial } from './resp-port.ts';
import type { NodeSpawner } from './spawner.ts';

/** What a node needs from its cluster. */
export interface NodeSurroundings {
  readonly spawner: NodeSpawner;
  readonly dial: RespDial;
  readonly events: EventLog;
  /** The command line of this node, for people. */
  readonly startCommand: () => string;
  readonly launch: (role: LaunchRole) => NodeLaunch;
  /** Whether nodes may be started; not while all of them are being ended. */
  readonly mayStart: () => boolean;
  /** Something has changed; 'now' when the screen must not wait for it. */
  readonly changed: (urgency: 'now' | 'soon') => void;
  /** Keeps `saved` as it is now. */
  readonly save: () => Promise<void>;
  readonly onOutput: (line: OutputLine) => void;
}
