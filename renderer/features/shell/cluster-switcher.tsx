import type { JSX } from 'react';
import { useStore } from 'zustand';

import { formatDate } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useApp } from '../app-context.tsx';
import { showRecording } from '../recordings/close-recording.ts';

/** The name of the cluster on the screen, and the way to another one. */
export function ClusterSwitcher({
  name,
  clusterId,
}: {
  readonly name: string;
  readonly clusterId: string;
}): JSX.Element {
  const app = useApp();
  const list = useStore(app.clusters, (clusters) => clusters.list) ?? [];
  const opened = useStore(app.opened.store, (state) => state.list);
  return (
    <Menu
      label="Switch cluster"
      align="below"
      button={{
        className: 'button button-quiet switcher',
        content: (
          <>
            <span className="truncate">{name}</span>
            <Icon name="chevron-down" />
          </>
        ),
      }}
      items={[
        ...list.map((cluster) => ({
          id: cluster.id,
          label: cluster.name,
          checked: cluster.id === clusterId,
          run: () => app.route.go({ clusterId: cluster.id, nodeId: null }),
        })),
        ...(opened ?? []).map((recording, at) => ({
          id: recording.id,
          label: `${recording.clusterName}, recorded ${formatDate(recording.toMs)}`,
          checked: recording.id === clusterId,
          startsGroup: at === 0 && list.length > 0,
          run: () => showRecording(app, recording),
        })),
        {
          id: '',
          label: 'All clusters',
          icon: 'clusters' as const,
          startsGroup: true,
          run: () => app.route.go({ screen: 'clusters' }),
        },
      ]}
    />
  );
}
