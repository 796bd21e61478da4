import type { DownloadSource } from '../../main/contract/snapshots.ts';
import type { AppState } from '../state/app-state.ts';
import { act } from './act.ts';

/**
 * Saves a file that the host offers: the browser puts it where downloads go, the app asks where to.
 * Nothing is written to this machine's disk before that.
 */
export function saveFile(
  app: AppState,
  clusterId: string,
  source: DownloadSource,
  onSaved: () => void = () => undefined,
): void {
  const what = {
    value: 'Save the value',
    snapshot: 'Save the snapshot',
    recording: 'Save the recording',
  }[source.type];
  void act(app, {
    key: `download/${clusterId}`,
    what,
    inPast: source.type === 'recording',
    call: () => app.api.prepareDownload({ clusterId, source }),
    done: ({ path, fileName }) => {
      const link = document.createElement('a');
      link.href = path;
      link.download = fileName;
      link.click();
      onSaved();
      return { text: `Saving ${fileName}.` };
    },
  });
}
