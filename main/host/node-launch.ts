/**
 * How a node comes to its cluster: it begins a new one, asks a member to take it in, waits for
 * RAFTADDPEER, or is a member already and finds everything in its folder.
 */
export type LaunchRole =
  | { readonly type: 'first' }
  | { readonly type: 'join'; readonly address: string }
  | { readonly type: 'wait' }
  | { readonly type: 'member' };

/** Everything a spawner needs to start one node. */
export interface NodeLaunch {
  readonly nodeId: string;
  /** Where it listens, `host:port`. */
  readonly address: string;
  readonly directory: string;
  /** The app's home: where the secret of this user's nodes lies. */
  readonly home: string;
  readonly role: LaunchRole;
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
    ...roleArguments(launch.role),
  ];
}

function roleArguments(role: LaunchRole): readonly string[] {
  switch (role.type) {
    case 'first':
      return [];
    case 'join':
      return ['-j', role.address];
    case 'wait':
    case 'member':
      // Ignored where there is data. A member whose folder was lost must not begin a cluster of its
      // own under the same id: it waits, and the window says so.
      return ['--wait'];
  }
}

/** Quotes words for a POSIX shell, so that the command line can be copied and pasted. */
export function shellQuoted(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
