import type { OpenedRecording } from '../../../main/contract/recording-file.ts';
import type { AppState } from '../../state/app-state.ts';
import { act } from '../act.ts';

/** Shows a recording, at its end. */
export function showRecording(app: AppState, { id }: OpenedRecording): void {
  app.route.go({ screen: 'overview', clusterId: id, nodeId: null, atMs: null });
}

/** Removes the copy that was made when it was opened. The file stays where it is. */
export function closeRecording(app: AppState, { id, fileName }: OpenedRecording): void {
  void act(app, {
    key: `close/${id}`,
    what: 'Close the recording',
    inPast: true,
    call: () => app.api.closeRecording({ recordingId: id }),
    done: () => {
      if (app.route.store.getState().clusterId === id) {
        app.route.go({ screen: 'clusters', clusterId: null, nodeId: null, atMs: null });
      }
      return { text: `Closed. ${fileName} is where it was.` };
    },
  });
}
