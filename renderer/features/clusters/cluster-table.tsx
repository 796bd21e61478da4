import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterSummary } from '../../../main/contract/model.ts';
import { TextField } from '../../ui/text-field.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useApp } from '../app-context.tsx';
import { ClusterRow } from './cluster-row.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';

/** From this many on, looking is slower than typing. */
const FILTER_FROM = 6;

type Sheet = { readonly kind: 'delete' | 'rename'; readonly cluster: ClusterSummary } | null;

/** The saved clusters, whether they run or not. */
export function ClusterTable(): JSX.Element {
  const list = useStore(useApp().clusters, (clusters) => clusters.list);
  const [filter, setFilter] = useState('');
  const [sheet, setSheet] = useState<Sheet>(null);
  const shown = (list ?? []).filter(({ name }) => matches(name, filter));
  return (
    <section className="saved" aria-label="Your clusters">
      <div className="saved-head">
        <h2>
          Your clusters
          {list !== null && list.length > 0 && <span className="saved-count">{list.length}</span>}
        </h2>
        {list !== null && list.length >= FILTER_FROM && (
          <TextField
            label="Filter"
            hideLabel
            icon="search"
            placeholder="Filter"
            value={filter}
            onChange={setFilter}
          />
        )}
      </div>
      {list === null && <Waiting what="Asking the host for your clusters" rows={2} />}
      {list?.length === 0 && (
        <p className="saved-empty">
          <strong>No clusters yet.</strong>{' '}
          <span className="muted">
            A 3-node cluster starts in about two seconds and stays on this machine.
          </span>
        </p>
      )}
      {list !== null && list.length > 0 && shown.length === 0 && (
        <p className="saved-empty">
          Nothing matches <em>{filter}</em>.
        </p>
      )}
      {shown.length > 0 && (
        <div className="saved-frame">
          <table className="saved-table">
            <TableHead />
            <tbody>
              {shown.map((cluster) => (
                <ClusterRow
                  key={cluster.id}
                  cluster={cluster}
                  onDelete={() => setSheet({ kind: 'delete', cluster })}
                  onRename={() => setSheet({ kind: 'rename', cluster })}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sheet?.kind === 'delete' && (
        <DeleteDialog cluster={sheet.cluster} onClose={() => setSheet(null)} />
      )}
      {sheet?.kind === 'rename' && (
        <RenameDialog cluster={sheet.cluster} onClose={() => setSheet(null)} />
      )}
    </section>
  );
}

function TableHead(): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">State</th>
        <th scope="col">Leader</th>
        <th scope="col" className="num saved-spare">
          Term
        </th>
        <th scope="col" className="num">
          Nodes
        </th>
        <th scope="col">Reach with</th>
        <th scope="col" className="saved-spare">
          Last used
        </th>
        <th scope="col">
          <span className="visually-hidden">Actions</span>
        </th>
      </tr>
    </thead>
  );
}

function matches(name: string, filter: string): boolean {
  return name.toLowerCase().includes(filter.trim().toLowerCase());
}
