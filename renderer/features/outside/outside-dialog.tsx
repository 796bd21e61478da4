import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { OutsideRequest } from '../../../main/contract/outside.ts';
import type { AppState } from '../../state/app-state.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { act } from '../act.ts';
import { useApp, useBusy } from '../app-context.tsx';
import { showRecording } from '../recordings/close-recording.ts';
import './outside.css';
import { outsideWords } from './outside-words.ts';

const KEY = 'outside';

/** Asks whether what the system has handed to the app shall be shown. Nobody who just presses Enter says yes. */
export function OutsideDialog({
  request,
}: {
  readonly request: OutsideRequest;
}): JSX.Element | null {
  const app = useApp();
  const clusters = useStore(app.clusters, ({ list }) => list);
  const recordings = useStore(app.opened.store, ({ list }) => list);
  const busy = useBusy(KEY);
  // Where a link leads can be said once the host has told which clusters there are.
  if (clusters === null || recordings === null) return null;
  const { title, text, detail, accept } = outsideWords(request.ask, { clusters, recordings });
  const refuse = (): void => answer(app, request, false);
  return (
    <Dialog
      title={title}
      onClose={refuse}
      footer={
        <>
          <Button kind="primary" focusFirst onClick={refuse}>
            {accept === null ? 'Close' : 'Cancel'}
          </Button>
          {accept !== null && (
            <Button busy={busy} onClick={() => answer(app, request, true)}>
              {accept}
            </Button>
          )}
        </>
      }
    >
      <p>{text}</p>
      <p className="outside-detail">{detail}</p>
    </Dialog>
  );
}

/** Tells the host, and then shows what was asked for. It concerns this window alone, also in the past. */
function answer(app: AppState, { requestId, ask }: OutsideRequest, accept: boolean): void {
  void act(app, {
    key: KEY,
    what: ask.kind === 'recording' ? 'Open the recording' : 'Follow the link',
    inPast: true,
    call: async () => {
      const result = await app.api.answerOutside({ requestId, accept });
      if (!result.ok || !accept) return result;
      if (result.value !== null) showRecording(app, result.value);
      else if (ask.kind === 'show') show(app, ask);
      return result;
    },
  });
}

function show(app: AppState, { target }: Extract<OutsideRequest['ask'], { kind: 'show' }>): void {
  if (!('clusterId' in target)) {
    app.route.go({ screen: target.screen });
    return;
  }
  app.route.go({ mode: 'ring', ...target });
}
