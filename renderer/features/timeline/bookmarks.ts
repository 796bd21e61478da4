import type { AppState } from '../../state/app-state.ts';
import { formatClock } from '../../ui/format.ts';
import { act } from '../act.ts';

/** Marks the moment on the screen. */
export async function addBookmark(app: AppState): Promise<void> {
  const { clusterId } = app.route.store.getState();
  if (clusterId === null) return;
  const atMs = app.time.store.getState().atMs ?? app.clock.hostNow();
  await act(app, {
    key: 'bookmark',
    what: 'Bookmark',
    inPast: true,
    call: () => app.api.addBookmark({ clusterId, atMs, label: formatClock(atMs) }),
    done: ({ id }) => ({
      text: `Bookmarked ${formatClock(atMs)}`,
      action: {
        label: 'Undo',
        run: () => {
          void app.api.removeBookmark({ clusterId, bookmarkId: id }).then(app.recording.refresh);
        },
      },
    }),
  });
  app.recording.refresh();
}
