import type { JSX } from 'react';
import { useStore } from 'zustand';

import { Icon } from '../../ui/icon.tsx';
import { useApp, useShownRecording } from '../app-context.tsx';
import { digitOf, screenBlock, SCREENS } from './screens.ts';

/** The way between the screens. Those about one cluster wait until one is chosen. */
export function Rail(): JSX.Element {
  const app = useApp();
  const { screen, clusterId } = useStore(app.route.store);
  const inRecording = useShownRecording() !== null;
  return (
    <nav className="rail" aria-label="Screens" data-pane>
      {SCREENS.map((item) => {
        const digit = digitOf(item);
        const current = item.screen === screen;
        const block = screenBlock(item.screen, { clusterId, inRecording });
        return (
          <button
            key={item.screen}
            type="button"
            className={item.screen === 'settings' ? 'rail-item rail-item-last' : 'rail-item'}
            aria-current={current ? 'page' : undefined}
            aria-disabled={block !== null || undefined}
            aria-label={item.label}
            title={block ?? item.label}
            onClick={() => {
              if (block === null) app.route.go({ screen: item.screen });
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
