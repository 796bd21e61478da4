import type { CommandUsage } from '../args/usage-text.ts';

/** `raftdeck tls`. */
export const TLS_USAGE: CommandUsage = {
  synopsis: 'tls init [flags]',
  about:
    "Makes a cluster's own certificate authority and a certificate for each node, on the curve P-256.\n" +
    'Run again in the same directory, it keeps the authority and makes only what is missing.',
  flags: [
    { name: 'd', aliases: ['dir'], value: 'DIR', summary: 'where the files go (default tls)' },
    {
      name: 'nodes',
      value: 'IDS',
      summary: 'ids of the nodes, with commas between (default 1,2,3)',
    },
    {
      name: 'host',
      value: 'HOST',
      repeated: true,
      summary: 'a name or address of the nodes beside localhost; may be repeated',
    },
    { name: 'days', value: 'N', summary: 'how long certificates are good (default 825)' },
  ],
  notes: [
    'DIR/ca.pem goes to every node and every client, DIR/node-ID.pem and DIR/node-ID.key to node ID.',
    'DIR/ca.key signs further nodes; keep it where no node is.',
    'Then: raftdeck node --tls-cert node-1.pem --tls-key node-1.key --tls-ca ca.pem …',
  ],
};
