import type { JSX } from 'react';

import type { ClusterSummary, HealthLevel } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatCount, formatLastUsed, NONE } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { act } from '../act.ts';
import { useActReason, useApp, useBusy, useNow } from '../app-context.tsx';
import { splitSentence } from '../shell/mood.ts';
import { portRange } from './create-form.ts';

interface ClusterRowProps {
  readonly cluster: ClusterSummary;
  readonly onDelete: () => void;
  readonly onRename: () => void;
}

export function ClusterRow({ cluster, onDelete, onRename }: ClusterRowProps): JSX.Element {
  const app = useApp();
  const nowMs = useNow();
  const { id, name, leaderId, term, nodes, nodesUp, basePort, connectCommand } = cluster;
  const open = (): void => app.route.go({ screen: 'overview', clusterId: id, nodeId: null });
  return (
    <tr>
      <th scope="row">
        <button type="button" className="saved-name truncate" title={name} onClick={open}>
          {name}
        </button>
      </th>
      <td>
        <State level={cluster.health} sentence={cluster.sentence} />
      </td>
      <td>
        {leaderId === null ? (
          NONE
        ) : (
          <span className="saved-leader">
            <span className="crown">
              <Icon name="crown" />
            </span>
            node-{leaderId}
          </span>
        )}
      </td>
      <td className="num saved-spare">{term === null ? NONE : formatCount(term)}</td>
      <td className="num">
        {nodesUp} of {nodes}
      </td>
      <td>
        {connectCommand === null ? (
          <span className="mono muted">ports {portRange(basePort, basePort + nodes - 1)}</span>
        ) : (
          <span className="saved-reach">
            <span className="mono truncate">{connectCommand}</span>
            <CopyButton text={connectCommand} what={`the line for ${name}`} iconOnly />
          </span>
        )}
      </td>
      <td className="saved-spare muted">{formatLastUsed(cluster.lastUsedMs, nowMs)}</td>
      <td>
        <Actions cluster={cluster} onOpen={open} onDelete={onDelete} onRename={onRename} />
      </td>
    </tr>
  );
}

function Actions({
  cluster,
  onOpen,
  onDelete,
  onRename,
}: ClusterRowProps & { readonly onOpen: () => void }): JSX.Element {
  const app = useApp();
  const { id: clusterId, name } = cluster;
  const actReason = useActReason();
  const starting = useBusy(`start/${clusterId}`);
  const stopped = cluster.health === 'stopped';
  const start = (): void => {
    void act(app, {
      key: `start/${clusterId}`,
      what: `Start ${name}`,
      call: () => app.api.startCluster({ clusterId }),
    });
  };
  const stop = (): void => {
    void act(app, {
      key: `stop/${clusterId}`,
      what: `Stop ${name}`,
      call: () => app.api.stopCluster({ clusterId }),
      done: () => ({ text: `${name} is stopped.`, action: { label: 'Start again', run: start } }),
    });
  };
  return (
    <span className="saved-actions">
      {stopped ? (
        <Button
          size="small"
          icon="start"
          busy={starting}
          disabledReason={actReason}
          onClick={start}
        >
          Start
        </Button>
      ) : (
        <Button size="small" onClick={onOpen}>
          Open
        </Button>
      )}
      <Menu
        label={`More for ${name}`}
        small
        items={[
          stopped
            ? { id: 'open', label: 'Open', icon: 'overview', run: onOpen }
            : {
                id: 'stop',
                label: 'Stop',
                icon: 'stop',
                disabledReason: actReason,
                run: stop,
              },
          { id: 'rename', label: 'Rename…', disabledReason: actReason, run: onRename },
          {
            id: 'delete',
            label: 'Delete…',
            danger: true,
            startsGroup: true,
            disabledReason: actReason,
            run: onDelete,
          },
        ]}
      />
    </span>
  );
}

const MARKS: Readonly<Record<HealthLevel, JSX.Element>> = {
  healthy: <span className="dot" />,
  degraded: <Icon name="warning" size={14} />,
  'no-leader': <Icon name="close" size={14} />,
  starting: <span className="dot dot-hollow" />,
  stopped: <Icon name="stop" size={12} />,
  unknown: <span className="dot dot-hollow" />,
};

function State({
  level,
  sentence,
}: {
  readonly level: HealthLevel;
  readonly sentence: string;
}): JSX.Element {
  const { word, fact } = splitSentence(sentence);
  return (
    <span className={`saved-state saved-state-${level}`} title={sentence}>
      {MARKS[level]}
      <span className="truncate">
        <span className="saved-state-word">{word}</span>
        {fact !== '' && <span className="muted"> {fact}</span>}
      </span>
    </span>
  );
}
