import { RECORDING_EXTENSION } from '../../../main/contract/recording-file.ts';
import type { AppState } from '../../state/app-state.ts';
import { showRecording } from './close-recording.ts';

/** Asks for a file and opens it; what is wrong with it is said. */
export function pickRecording(app: AppState): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = RECORDING_EXTENSION;
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file !== undefined) void openRecording(app, file);
  });
  input.click();
}

async function openRecording(app: AppState, file: File): Promise<void> {
  const result = await app.opened.open(file);
  if (result === null) {
    app.toasts.show({ tone: 'info', text: `${file.name} was not opened.` });
  } else if (result.ok) {
    showRecording(app, result.value);
  } else {
    const { message: text, code } = result.error;
    app.toasts.show({ tone: 'error', text, code });
  }
}
