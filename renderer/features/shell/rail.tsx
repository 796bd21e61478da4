import type { JSX } from 'react';
import { useStore } from 'zustand';

import { isClusterScreen } from '../../state/route.ts';
import { Icon } from '../../ui/icon.tsx';
import { useApp } from '../app-context.tsx';
import { digitOf, SCREENS } from './screens.ts';

/** The way between the screens. Those about one cluster wait until one is chosen. */
export function Rail(): JSX.Element {
  const app = useApp();
  const { screen, clusterId } = useStore(app.route.store);
  return (
    <nav className="rail" aria-label="Screens" data-pane>
      {SCREENS.map((item) => {
        const digit = digitOf(item);
        const current = item.screen === screen;
        const blocked = isClusterScreen(item.screen) && clusterId === null;
        return (
          <button
            key={item.screen}
            type="button"
            className={item.screen === 'settings' ? 'rail-item rail-item-last' : 'rail-item'}
            aria-current={current ? 'page' : undefined}
            aria-disabled={blocked || undefined}
            title={blocked ? 'Open a cluster first' : item.label}
            onClick={() => {
              if (!blocked) app.route.go({ screen: item.screen });
            }}
          >
            <Icon name={item.icon} size={20} />
            <span className="rail-label">{item.label}</span>
            {digit !== null && (
              <span className="rail-digit" aria-hidden="true">
                {digit}
              </span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
