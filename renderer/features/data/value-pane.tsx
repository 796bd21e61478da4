import { type JSX, useMemo, useState } from 'react';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { copyAndSay } from '../copy-and-say.ts';
import { saveFile } from '../save-file.ts';
import { decodeBase64, shownKey, textOf } from './bytes.ts';
import { ComparePanel } from './compare-panel.tsx';
import { keyCommand } from './key-commands.ts';
import { Expiry } from './key-table.tsx';
import type { LoadedValue, ValueState } from './value-loader.ts';
import { PREVIEW_BYTES } from './value-loader.ts';
import { hexRows, jsonBytes, jsonTokens, textRows, type ValueView } from './value-rows.ts';

/** Height of a row of a value, in units. */
const ROW = 20;

interface ValuePaneProps {
  readonly view: ClusterView;
  /** The key, base64. */
  readonly name: string;
  readonly value: ValueState;
  readonly onLoadAll: () => void;
  readonly onEdit: (text: string) => void;
  readonly onExpiry: () => void;
  readonly onDelete: () => void;
}

/** What a key holds, a bounded part of it at first, and what can be done to it. */
export function ValuePane(props: ValuePaneProps): JSX.Element {
  const { view, name, value } = props;
  return (
    <>
      <header className="value-head">
        <h2 className="mono truncate" title={shownKey(name)}>
          {shownKey(name)}
        </h2>
        <CopyKey name={name} />
      </header>
      {value.state === 'reading' && <Waiting what="Reading the value" rows={5} />}
      {value.state === 'failed' && (
        <p role="alert" className="value-note">
          {value.message}
        </p>
      )}
      {value.state === 'shown' &&
        (value.value.facts.exists ? (
          <Value {...props} loaded={value.value} loading={value.loading} />
        ) : (
          <p className="value-note muted">The key is gone: it expired or was deleted.</p>
        ))}
      <ComparePanel key={name} view={view} name={name} />
    </>
  );
}

function CopyKey({ name }: { readonly name: string }): JSX.Element | null {
  const text = textOf(decodeBase64(name));
  return text === null ? null : <CopyButton text={text} what="the key" iconOnly />;
}

function Value({
  view,
  loaded,
  loading,
  onLoadAll,
  ...props
}: ValuePaneProps & {
  readonly loaded: LoadedValue;
  readonly loading: number | null;
}): JSX.Element {
  const { facts, bytes } = loaded;
  const isWhole = bytes.length >= facts.sizeBytes;
  const json = useMemo(() => jsonBytes(bytes, isWhole), [bytes, isWhole]);
  // The beginning tells which view is the better one; a large value is not decoded for that.
  const isText = useMemo(() => {
    const start = bytes.subarray(0, PREVIEW_BYTES);
    return textOf(start, start.length < facts.sizeBytes) !== null;
  }, [bytes, facts.sizeBytes]);
  const [chosen, setChosen] = useState<ValueView | null>(null);
  const best: ValueView = json !== null ? 'json' : isText ? 'text' : 'hex';
  const shown = chosen === 'json' && json === null ? best : (chosen ?? best);
  return (
    <>
      <div className="value-facts">
        <ValueFacts view={view} loaded={loaded} isWhole={isWhole} />
      </div>
      <ValueToolbar
        {...{ view, loaded, isWhole, shown, loading, onLoadAll }}
        {...props}
        hasJson={json !== null}
        onShow={setChosen}
      />
      <ValueText bytes={shown === 'json' ? (json ?? bytes) : bytes} shown={shown} />
    </>
  );
}

function ValueFacts({
  view,
  loaded: { facts, bytes, reader, fromIndex, toIndex },
  isWhole,
}: {
  readonly view: ClusterView;
  readonly loaded: LoadedValue;
  readonly isWhole: boolean;
}): JSX.Element {
  const node = view.nodes.find(({ id }) => id === reader.nodeId)?.name ?? reader.nodeId;
  return (
    <>
      <span>{facts.type}</span>
      <span>
        {isWhole
          ? formatBytes(facts.sizeBytes)
          : `first ${formatBytes(bytes.length)} of ${formatBytes(facts.sizeBytes)}`}
      </span>
      <span>
        {facts.expiresAtMs === null ? 'does not expire' : <Expiry atMs={facts.expiresAtMs} among />}
      </span>
      <span>
        {node}{' '}
        {fromIndex === toIndex
          ? `at entry ${formatCount(fromIndex)}`
          : `between entries ${formatCount(fromIndex)} and ${formatCount(toIndex)}: pieces of it may be of different moments`}
      </span>
    </>
  );
}

interface ToolbarProps extends Omit<ValuePaneProps, 'value'> {
  readonly loaded: LoadedValue;
  readonly isWhole: boolean;
  readonly hasJson: boolean;
  readonly shown: ValueView;
  readonly loading: number | null;
  readonly onShow: (view: ValueView) => void;
}

function ValueToolbar(props: ToolbarProps): JSX.Element {
  const { view, name, loaded, isWhole, hasJson, shown, loading, onShow } = props;
  const app = useApp();
  const reason = useActReason();
  const text = isWhole && loaded.bytes.length <= PREVIEW_BYTES ? textOf(loaded.bytes) : null;
  const noEdit = whyNoEdit(text);
  return (
    <div className="value-toolbar">
      <Segmented
        label="Show as"
        options={[
          { value: 'text', label: 'Text' },
          ...(hasJson ? [{ value: 'json', label: 'JSON' } as const] : []),
          { value: 'hex', label: 'Hex' },
        ]}
        value={shown}
        onChange={onShow}
      />
      {!isWhole && (
        <Button busy={loading !== null} disabledReason={reason} onClick={props.onLoadAll}>
          {loading === null ? 'Load all' : `${formatBytes(loading)} loaded`}
        </Button>
      )}
      <span className="value-actions">
        <Button disabledReason={reason ?? noEdit} onClick={() => props.onEdit(text ?? '')}>
          Edit…
        </Button>
        <Button disabledReason={reason} onClick={props.onExpiry}>
          Expiry…
        </Button>
        <Button kind="danger" disabledReason={reason} onClick={props.onDelete}>
          Delete…
        </Button>
        <Menu
          label="More for this key"
          items={[
            {
              id: 'save',
              label: 'Save to file…',
              icon: 'download',
              disabledReason: reason,
              run: () => saveFile(app, view.id, { type: 'value', key: name }),
            },
            ...copyItems(view, name, (line) => copyAndSay(app, line)),
          ]}
        />
      </span>
    </div>
  );
}

/** A text field gives back other line ends than it got, and hides what controls: neither may happen. */
function whyNoEdit(text: string | null): string | null {
  if (text === null) {
    return `Only text of up to ${formatBytes(PREVIEW_BYTES)} can be edited here.`;
  }
  if (!/[^\P{Cc}\t\n]/u.test(text)) return null;
  return 'It has control characters, which a text field would not keep.';
}

const COMMANDS = [
  { id: 'get', label: 'Copy GET as command', words: [] },
  { id: 'pttl', label: 'Copy PTTL as command', words: [] },
  { id: 'del', label: 'Copy DEL as command', words: [] },
] as const;

function copyItems(view: ClusterView, name: string, copy: (line: string) => void) {
  return COMMANDS.map(({ id, label }, at) => {
    const command = keyCommand(view, [id.toUpperCase(), name]);
    return {
      id,
      label,
      icon: 'copy' as const,
      startsGroup: at === 0,
      disabledReason: command === null ? 'The key is no text that a line can hold.' : null,
      run: () => {
        if (command !== null) copy(command);
      },
    };
  });
}

function ValueText({
  bytes,
  shown,
}: {
  readonly bytes: Uint8Array;
  readonly shown: ValueView;
}): JSX.Element {
  const rows = useMemo(() => (shown === 'hex' ? hexRows(bytes) : textRows(bytes)), [bytes, shown]);
  if (rows.count === 0) return <p className="value-note muted">The value is empty.</p>;
  return (
    <VirtualRows
      className="value-text"
      role="region"
      label="Value"
      rows={rows.count}
      rowHeight={ROW}
      row={(at) => {
        const { place, text } = rows.row(at);
        return (
          <div key={at} className="value-row">
            <span className="value-place">{place}</span>
            <code>{shown === 'json' ? <Json text={text} /> : text}</code>
          </div>
        );
      }}
    />
  );
}

function Json({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {jsonTokens(text).map((token, at) => (
        <span key={at} className={`json-${token.kind}`}>
          {token.text}
        </span>
      ))}
    </>
  );
}
