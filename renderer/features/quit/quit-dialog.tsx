import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useActReason, useApp, useBusy } from '../app-context.tsx';
import { changeSettings } from '../settings/change-settings.ts';
import { countRunning, leave } from './leave.ts';
import './quit-dialog.css';

/** What becomes of the nodes when the window is left for good. */
export function QuitDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const app = useApp();
  const running = useStore(app.clusters, ({ list }) => countRunning(list ?? []));
  const [remembers, setRemembers] = useState(false);
  const actReason = useActReason();
  const busy = useBusy('quit');
  const nodes = running === 1 ? '1 node is running.' : `${String(running)} nodes are running.`;
  const go = (fate: 'keep' | 'stop'): void => {
    if (remembers) changeSettings(app, { quit: fate });
    leave(app, fate);
    onClose();
  };
  return (
    <Dialog
      title="Quit Raftdeck?"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {running > 0 && (
            <Button busy={busy} disabledReason={actReason} onClick={() => go('keep')}>
              Keep them running
            </Button>
          )}
          <Button
            kind="primary"
            focusFirst
            busy={busy}
            disabledReason={actReason}
            onClick={() => go('stop')}
          >
            {running === 0 ? 'Quit' : 'Stop them and quit'}
          </Button>
        </>
      }
    >
      {running === 0 ? (
        <p>No node is running. Clusters stay on disk and are there at the next start.</p>
      ) : (
        <>
          <p>
            {nodes} Kept running, they go on answering Redis clients, and the next start finds them
            again. Faults in force end with their leases.
          </p>
          <label className="quit-remember">
            <input
              type="checkbox"
              checked={remembers}
              onChange={({ target }) => setRemembers(target.checked)}
            />
            Remember this
          </label>
        </>
      )}
    </Dialog>
  );
}
