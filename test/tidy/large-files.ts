/*
 * Product files of more than 400 lines, each with the reason why it is one file. Above 600 lines there
 * is no reason.
 */
export const LARGE_FILES: Readonly<Record<string, string | undefined>> = {
  'main/host/host.ts': 'one short method per call of the contract, all on the same clusters',
  'main/host/managed-cluster.ts':
    'one state: what waits, operates and is saved all looks at the same nodes',
};
