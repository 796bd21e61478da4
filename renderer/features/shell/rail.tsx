import type { JSX } from 'react';
import { useStore } from 'zustand';

import { isClusterScreen, type Screen } from '../../state/route.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { useApp } from '../app-context.tsx';

interface RailItem {
  readonly screen: Screen;
  readonly icon: IconName;
  readonly label: string;
  /** The digit that leads there with Ctrl. */
  readonly digit: string | null;
}

export const RAIL_ITEMS: readonly RailItem[] = [
  { screen: 'clusters', icon: 'clusters', label: 'Clusters', digit: '1' },
  { screen: 'overview', icon: 'overview', label: 'Overview', digit: '2' },
  { screen: 'logs', icon: 'logs', label: 'Logs', digit: '3' },
  { screen: 'console', icon: 'terminal', label: 'Console', digit: '6' },
  { screen: 'settings', icon: 'settings', label: 'Settings', digit: null },
];

/** The way between the screens. Those about one cluster wait until one is chosen. */
export function Rail(): JSX.Element {
  const app = useApp();
  const { screen, clusterId } = useStore(app.route.store);
  return (
    <nav className="rail" aria-label="Screens">
      {RAIL_ITEMS.map((item) => {
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
            {item.digit !== null && (
              <span className="rail-digit" aria-hidden="true">
                {item.digit}
              </span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
