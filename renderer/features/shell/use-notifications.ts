import { useEffect } from 'react';
import { useStore } from 'zustand';

import { NoticeWatch } from '../../../main/contract/notice.ts';
import { useApp } from '../app-context.tsx';

/** In a browser the page tells of lost and regained leaders and nodes; in Electron the app does. */
export function useNotifications(): void {
  const app = useApp();
  const inBrowser = useStore(app.info, ({ info }) => info?.mode === 'web');
  const wanted = useStore(app.settings, ({ notify }) => notify);
  useEffect(() => {
    if (!inBrowser || !wanted || !('Notification' in window)) return undefined;
    const watch = new NoticeWatch(
      ({ title, body, clusterId }) => {
        if (document.hasFocus() || Notification.permission !== 'granted') return;
        // One of a cluster takes the place of the one before.
        const notification = new Notification(title, { body, tag: clusterId });
        notification.addEventListener('click', () => {
          window.focus();
          app.route.go({ screen: 'overview', clusterId, nodeId: null });
        });
      },
      (work, ms) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
    );
    const { list } = app.clusters.getState();
    if (list !== null) watch.take(list);
    const stop = app.clusters.subscribe(({ list: next }) => {
      if (next !== null) watch.take(next);
    });
    return () => {
      stop();
      watch.close();
    };
  }, [app, inBrowser, wanted]);
}
