import type { AppState } from '../../state/app-state.ts';
import { formatDate } from '../../ui/format.ts';
import { closeRecording, showRecording } from '../recordings/close-recording.ts';
import { pickRecording } from '../recordings/open-recording.ts';
import { PLAIN, type PaletteCommand } from './palette-command.ts';

/** What can be done with recordings that are files. */
export function recordingCommands(app: AppState): readonly PaletteCommand[] {
  const { list, shown } = app.opened.store.getState();
  const about = { ...PLAIN, group: 'Recordings', icon: 'clock' } as const;
  const others = (list ?? []).filter(({ id }) => id !== shown?.id);
  return [
    {
      ...about,
      id: 'open-recording',
      words: 'Open a recording…',
      also: 'file import replay raftdeck-recording',
      run: () => pickRecording(app),
    },
    ...(shown === null
      ? []
      : [
          {
            ...about,
            id: 'close-recording',
            words: 'Close this recording',
            also: 'remove copy file',
            run: () => closeRecording(app, shown),
          },
        ]),
    ...others.map((recording) => ({
      ...about,
      id: `recording/${recording.id}`,
      words: `Show the recording of ${recording.clusterName}`,
      also: `${recording.host} ${formatDate(recording.toMs)} ${recording.fileName}`,
      run: () => showRecording(app, recording),
    })),
  ];
}
