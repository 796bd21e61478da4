import type { JSX } from 'react';

import { Dialog } from '../../ui/dialog.tsx';
import './shortcut-sheet.css';
import { keyLabel, keysOf, SHORTCUT_GROUPS, SHORTCUTS } from './shortcuts.ts';

/** The list behind `?`. */
export function ShortcutSheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog
      title="Keyboard shortcuts"
      subtitle="Tab goes from one part to the next; arrow keys walk within a part."
      wide
      onClose={onClose}
    >
      <div className="shortcut-groups">
        {SHORTCUT_GROUPS.map(({ scope, title }) => (
          <section key={scope} aria-label={title}>
            <h3>{title}</h3>
            <dl className="shortcut-list">
              {SHORTCUTS.filter((one) => one.scope === scope).map((shortcut) => (
                <div key={shortcut.id} className="shortcut-row">
                  <dt>{shortcut.does}</dt>
                  <dd>
                    {keysOf(shortcut).map((chord) => (
                      <kbd key={chord} className="key">
                        {keyLabel(chord)}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
