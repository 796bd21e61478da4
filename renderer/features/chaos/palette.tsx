import type { JSX } from 'react';
import { useStore } from 'zustand';

import { Icon } from '../../ui/icon.tsx';
import { useApp } from '../app-context.tsx';
import { keyHint } from '../shell/shortcuts.ts';
import { TOOLS } from './tools.ts';

const GROUPS = ['Process', 'Network', 'Disk', 'Clock'] as const;

/** Every fault that there is. Choosing one does nothing to the cluster yet. */
export function Palette(): JSX.Element {
  const app = useApp();
  const chosen = useStore(app.chaos.store, ({ tool }) => tool);
  return (
    <nav className="chaos-palette" aria-label="Faults" tabIndex={0}>
      {GROUPS.map((group) => (
        <section key={group} aria-label={group}>
          <h2 className="chaos-group">{group}</h2>
          {TOOLS.filter((tool) => tool.group === group).map((tool) => (
            <button
              key={tool.id}
              type="button"
              className="chaos-tool"
              aria-pressed={tool.id === chosen}
              title={tool.does}
              onClick={() => app.chaos.choose(tool.id, false)}
            >
              <Icon name={tool.icon} />
              <span className="truncate">{tool.label}</span>
              {tool.shortcut !== undefined && (
                <span className="key-hint" aria-hidden="true">
                  {keyHint(tool.shortcut)}
                </span>
              )}
            </button>
          ))}
        </section>
      ))}
    </nav>
  );
}
