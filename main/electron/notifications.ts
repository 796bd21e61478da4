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
  const watch = new NoticeWatch(
    ({ title, body }) => {
      if (!host.settings.notify || window.isWatched() || !Notification.isSupported()) return;
      const notification = new Notification({ title, body });
      notification.on('click', window.open);
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
