import type * as Electron from 'electron';

import type { ClusterSummary } from '../contract/model.ts';
import { NoticeWatch } from '../contract/notice.ts';
import type { HostService } from '../host/client-session.ts';
import type { ElectronApi } from './electron-api.ts';

/** Tells of lost and regained leaders and nodes while nobody looks at the window, if asked to. */
export function notifyOfEdges(
  { Notification }: Pick<ElectronApi, 'Notification'>,
  host: Pick<HostService, 'subscribe'> & { readonly settings: { readonly notify: boolean } },
  window: { readonly isWatched: () => boolean; readonly open: () => void },
): void {
  // Electron holds none: one that the garbage collection has taken does nothing when it is clicked.
  const shown = new Set<Electron.Notification>();
  const watch = new NoticeWatch(
    ({ title, body }) => {
      if (!host.settings.notify || window.isWatched() || !Notification.isSupported()) return;
      const notification = new Notification({ title, body });
      shown.add(notification);
      notification.on('click', () => {
        shown.delete(notification);
        window.open();
      });
      notification.on('close', () => shown.delete(notification));
      notification.show();
    },
    (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  );
  host.subscribe({ topic: 'clusters' }, (clusters) => {
    // The host pushes nothing else on this topic.
    watch.take(clusters as readonly ClusterSummary[]);
  });
}
