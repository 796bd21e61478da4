import { type JSX, useId, useState } from 'react';

import type { KeyFacts } from '../../../main/contract/keys.ts';
import { Button } from '../../ui/button.tsx';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes } from '../../ui/format.ts';
import { TextField } from '../../ui/text-field.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { encodeText } from './bytes.ts';
import { changeKey, shortName } from './key-actions.ts';

interface DialogProps {
  readonly clusterId: string;
  readonly onClose: () => void;
  /** The key was changed, or made. */
  readonly onChanged: (key: string) => void;
}

const SECOND_MS = 1_000;
const TTL_MAX_S = 3_000_000_000;

/** Milliseconds of what was typed as seconds; undefined when it is no time. */
function ttlOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const seconds = Number(text);
  const isTime = /^\d+(?:\.\d+)?$/.test(text.trim()) && seconds > 0 && seconds <= TTL_MAX_S;
  return isTime ? Math.ceil(seconds * SECOND_MS) : undefined;
}

const NO_TTL = 'A number of seconds above 0.';

/** A text of several lines, in mono. */
function ValueField({
  value,
  onChange,
  focusFirst = false,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly focusFirst?: boolean;
}): JSX.Element {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        Value
      </label>
      <textarea
        id={id}
        className="value-field"
        rows={12}
        spellCheck={false}
        value={value}
        data-focus-first={focusFirst || undefined}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}

/** A key that is not there yet. */
export function NewKeyDialog({ clusterId, onClose, onChanged }: DialogProps): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [ttl, setTtl] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const key = encodeText(name);
  const busy = useBusy(`key/${clusterId}/${key}`);
  const ttlMs = ttlOf(ttl);
  const make = (): void => {
    if (name === '' || ttlMs === undefined) return;
    changeKey(app, {
      ...{ clusterId, key, what: 'Make', said: `${shortName(key)} is made` },
      change: { type: 'create', value: encodeText(value), ttlMs },
      failed: setFault,
      changed: () => {
        onChanged(key);
        onClose();
      },
    });
  };
  const missing = name === '' ? 'Type the name of the key first.' : null;
  return (
    <Dialog
      title="New key"
      subtitle="Written through the leader, one entry of the log. It never replaces a key."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={busy}
            disabledReason={reason ?? missing ?? (ttlMs === undefined ? NO_TTL : null)}
            onClick={make}
          >
            Make it
          </Button>
        </>
      }
    >
      <div className="key-form">
        <TextField
          label="Key"
          value={name}
          maxLength={10_000}
          focusFirst
          error={fault}
          onChange={(next) => {
            setName(next);
            setFault(null);
          }}
        />
        <ValueField value={value} onChange={setValue} />
        <TextField
          label="Expires after seconds (empty for never)"
          value={ttl}
          numeric
          error={ttlMs === undefined ? NO_TTL : null}
          onChange={setTtl}
        />
      </div>
    </Dialog>
  );
}

/** Another value for a key that is there; its expiry stays. */
export function EditDialog({
  clusterId,
  onClose,
  onChanged,
  name,
  text,
}: DialogProps & { readonly name: string; readonly text: string }): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const busy = useBusy(`key/${clusterId}/${name}`);
  const [value, setValue] = useState(text);
  const [fault, setFault] = useState<string | null>(null);
  const same = value === text ? 'Nothing was changed yet.' : null;
  const save = (): void => {
    changeKey(app, {
      ...{ clusterId, key: name, what: 'Set', said: `${shortName(name)} is set` },
      change: { type: 'set', value: encodeText(value) },
      expected: encodeText(text),
      undo: (before) => ({ type: 'set', value: before }),
      failed: setFault,
      changed: () => {
        onChanged(name);
        onClose();
      },
    });
  };
  return (
    <Dialog
      title={`Edit ${shortName(name)}`}
      subtitle="Written through the leader, one entry of the log. The expiry stays as it is."
      wide
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabledReason={reason ?? same} onClick={save}>
            Set the value
          </Button>
        </>
      }
    >
      <ValueField value={value} onChange={setValue} focusFirst />
      {fault !== null && (
        <p role="alert" className="key-fault">
          {fault}
        </p>
      )}
    </Dialog>
  );
}

/** When a key expires. */
export function ExpiryDialog({
  clusterId,
  onClose,
  onChanged,
  facts,
}: DialogProps & { readonly facts: KeyFacts }): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const name = facts.key;
  const busy = useBusy(`key/${clusterId}/${name}`);
  const [ttl, setTtl] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const ttlMs = ttlOf(ttl);
  const had = facts.expiresAtMs !== null;
  const save = (): void => {
    if (ttlMs === undefined || (ttlMs === null && !had)) return;
    changeKey(app, {
      ...{ clusterId, key: name, what: 'Set the expiry of' },
      said: ttlMs === null ? `${shortName(name)} does not expire` : `${shortName(name)} expires`,
      change: ttlMs === null ? { type: 'persist' } : { type: 'expire', ttlMs },
      failed: setFault,
      changed: () => {
        onChanged(name);
        onClose();
      },
    });
  };
  const nothing = ttlMs === null && !had ? 'It does not expire as it is.' : null;
  return (
    <Dialog
      title={`When ${shortName(name)} expires`}
      subtitle="The leader's clock counts; every node removes the key at the same entry."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={busy}
            disabledReason={reason ?? (ttlMs === undefined ? NO_TTL : nothing)}
            onClick={save}
          >
            {ttlMs === null ? 'Keep it for good' : 'Set the expiry'}
          </Button>
        </>
      }
    >
      <TextField
        label="Seconds from now (empty for never)"
        value={ttl}
        numeric
        focusFirst
        error={fault ?? (ttlMs === undefined ? NO_TTL : null)}
        onChange={(next) => {
          setTtl(next);
          setFault(null);
        }}
        onEnter={save}
      />
    </Dialog>
  );
}

/** Data is lost here, so it is asked about; what is small enough can be put back. */
export function DeleteKeyDialog({
  clusterId,
  onClose,
  onChanged,
  facts,
  command,
}: DialogProps & { readonly facts: KeyFacts; readonly command: string | null }): JSX.Element {
  const app = useApp();
  const reason = useActReason();
  const name = facts.key;
  const busy = useBusy(`key/${clusterId}/${name}`);
  const remove = (): void => {
    const { expiresAtMs } = facts;
    changeKey(app, {
      ...{ clusterId, key: name, what: 'Delete', said: `${shortName(name)} is deleted` },
      change: { type: 'delete' },
      undo: (value) => {
        const ttlMs = expiresAtMs === null ? null : expiresAtMs - Math.floor(app.clock.hostNow());
        // What would have expired by now stays gone.
        return ttlMs !== null && ttlMs < 1 ? null : { type: 'create', value, ttlMs };
      },
      changed: () => {
        onChanged(name);
        onClose();
      },
      failed: (message) => {
        app.toasts.show({ tone: 'error', text: message });
        onClose();
      },
    });
  };
  return (
    <Dialog
      title={`Delete ${shortName(name)}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="danger-filled"
            focusFirst
            busy={busy}
            disabledReason={reason}
            onClick={remove}
          >
            Delete the key
          </Button>
        </>
      }
    >
      <p>
        {`Its value of ${formatBytes(facts.sizeBytes)} goes from every node. `}
        {facts.sizeBytes <= 512 * 1024
          ? 'For a moment it can be put back.'
          : 'A value of this size cannot be put back: save it first if it is needed.'}
      </p>
      {command !== null && (
        <div className="key-command">
          <CopyBox text={command} what="the command" />
        </div>
      )}
    </Dialog>
  );
}
