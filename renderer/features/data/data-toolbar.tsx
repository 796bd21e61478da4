import type { JSX } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { useActReason, useNow } from '../app-context.tsx';
import { keyHint } from '../shell/shortcuts.ts';
import type { ReadKeys } from './use-key-list.ts';

/** How the keys are shown. */
export type Form = 'list' | 'tree';

const FORMS = [
  { value: 'list', label: 'List' },
  { value: 'tree', label: 'Tree' },
] as const;

/** Where the keys are read from, which of them, and how they are shown. */
export function DataToolbar({
  view,
  nodeId,
  pattern,
  keys,
  form,
  onForm,
  onNode,
  onPattern,
  onRefresh,
  onNew,
}: {
  readonly view: ClusterView;
  readonly nodeId: string | null;
  readonly pattern: string;
  readonly keys: ReadKeys | null;
  readonly form: Form;
  readonly onForm: (form: Form) => void;
  readonly onNode: (nodeId: string | null) => void;
  readonly onPattern: (pattern: string) => void;
  readonly onRefresh: () => void;
  readonly onNew: () => void;
}): JSX.Element {
  const reason = useActReason();
  const nodes = view.nodes.filter(({ removed }) => !removed);
  return (
    <div className="toolbar">
      <h1 className="toolbar-title">Data</h1>
      <label className="data-from">
        <span className="muted">Read from</span>
        <select
          value={nodeId ?? ''}
          onChange={({ target }) => onNode(target.value === '' ? null : target.value)}
        >
          <option value="">the leader</option>
          {nodes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}, as it is
            </option>
          ))}
        </select>
      </label>
      <Segmented label="Show keys as" options={FORMS} value={form} onChange={onForm} />
      <span className="toolbar-end">
        <label className="data-match">
          <span className="muted">Match</span>
          <input
            value={pattern}
            placeholder="*"
            spellCheck={false}
            aria-label="Match keys, a pattern such as user:*"
            onChange={({ target }) => onPattern(target.value)}
          />
        </label>
        <Button disabledReason={reason} keyHint={keyHint('data-new')} onClick={onNew}>
          New key…
        </Button>
        <Button icon="restart" disabledReason={reason} onClick={onRefresh}>
          <ReadAge keys={keys} />
        </Button>
      </span>
    </div>
  );
}

function ReadAge({ keys }: { readonly keys: ReadKeys | null }): JSX.Element {
  const nowMs = useNow();
  if (keys?.list.begun !== true) return <>Refresh</>;
  const age = formatAge(Math.max(0, nowMs - keys.readAtMs));
  return (
    <>
      <span className="visually-hidden">Refresh, read </span>
      {age === 'now' ? 'just now' : `${age} ago`}
    </>
  );
}
