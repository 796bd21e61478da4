import type { AppState } from '../state/app-state.ts';
import { copyText } from '../ui/copy-button.tsx';

/** Copies and says so, where the thing that was pressed is gone by then: a menu, a key. */
export function copyAndSay(app: AppState, text: string): void {
  void copyText(text).then((copied) => {
    app.toasts.show(
      copied
        ? { tone: 'success', text: `Copied: ${text}` }
        : { tone: 'error', text: `The browser did not allow the copy. ${text}` },
    );
  });
}
