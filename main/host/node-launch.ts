/** Everything a spawner needs to start one node. */
export interface NodeLaunch {
  readonly nodeId: string;
  /** Where it listens, `host:port`. */
  readonly address: string;
  readonly directory: string;
  /** The app's home: where the secret of this user's nodes lies. */
  readonly home: string;
  /** A node of the cluster to join, or null for the first node of a new one and for a restart. */
  readonly joinAddress: string | null;
  readonly machine: string;
  readonly backend: string;
  readonly durability: string;
  /** Opens the fault switchboard; only for clusters that this app started on this machine. */
  readonly faults: boolean;
}

/** The command line of a node after `raftdeck`: exactly what a user would type. */
export function nodeArguments(launch: NodeLaunch): readonly string[] {
  return [
    'node',
    '-n',
    launch.nodeId,
    '-a',
    launch.address,
    '-d',
    launch.directory,
    '--home',
    launch.home,
    '--machine',
    launch.machine,
    '--backend',
    launch.backend,
    '--durability',
    launch.durability,
    ...(launch.faults ? ['--faults'] : []),
    ...(launch.joinAddress === null ? [] : ['-j', launch.joinAddress]),
  ];
}
