import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck serve`. */
export const SERVE_USAGE: CommandUsage = {
  synopsis: 'serve [--port N] [--open] [--home DIR]',
  about:
    'Serves the window on 127.0.0.1 to a browser, behind a link that works once. Nodes are processes\n' +
    'of their own: they go on when this ends, and the next serve finds them again.',
  flags: [
    { name: 'port', value: 'N', summary: 'port of the page, not of a node (default: a free one)' },
    { name: 'open', value: null, summary: 'open a browser, where there is one' },
    { name: 'home', value: 'DIR', summary: 'home of this user (default $RAFTDECK_HOME)' },
    { name: 'stop-nodes', value: null, summary: 'when this ends, end the nodes too' },
  ],
  notes: ['A second Ctrl-C ends it at once, and with --stop-nodes its nodes too.'],
};
