import { type JSX, lazy, Suspense, useEffect, useState } from 'react';
import { useStore } from 'zustand';

import { isClusterScreen } from '../../state/route.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { Toaster } from '../../ui/toaster.tsx';
import { useApp } from '../app-context.tsx';
import { ClustersScreen } from '../clusters/clusters-screen.tsx';
import { OverviewScreen } from '../overview/overview-screen.tsx';
import { SettingsScreen } from '../settings/settings-screen.tsx';
import { Announcer } from './announcer.tsx';
import { Header } from './header.tsx';
import { Rail } from './rail.tsx';
import './shell.css';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { useTheme } from './theme.ts';
import { useGlobalKeys } from './use-global-keys.ts';

/** Not on the first screen: it comes with the first cluster that is opened. */
const Timeline = lazy(async () => ({
  default: (await import('../timeline/timeline.tsx')).Timeline,
}));

const LogsScreen = lazy(async () => ({
  default: (await import('../logs/logs-screen.tsx')).LogsScreen,
}));

const ConsoleScreen = lazy(async () => ({
  default: (await import('../console/console-screen.tsx')).ConsoleScreen,
}));

/** The window. */
export function App(): JSX.Element {
  const app = useApp();
  const { screen, clusterId } = useStore(app.route.store);
  const toasts = useStore(app.toasts.store, (state) => state.toasts);
  const [helpOpen, setHelpOpen] = useState(false);
  useTheme();
  useGlobalKeys(() => setHelpOpen(true));
  useEffect(() => {
    app.cluster.watch(clusterId);
    app.recording.watch(clusterId);
  }, [app, clusterId]);

  return (
    <div className="shell">
      <Header onHelp={() => setHelpOpen(true)} />
      <Rail />
      <main className="shell-main">
        <ErrorBoundary key={screen} panel={SCREEN_NAMES[screen]}>
          {screen === 'clusters' && <ClustersScreen />}
          {screen === 'overview' && <OverviewScreen />}
          {screen === 'logs' && (
            <Suspense fallback={null}>
              <LogsScreen />
            </Suspense>
          )}
          {screen === 'console' && (
            <Suspense fallback={null}>
              <ConsoleScreen />
            </Suspense>
          )}
          {screen === 'settings' && <SettingsScreen />}
        </ErrorBoundary>
      </main>
      {isClusterScreen(screen) && <Dock />}
      <Toaster toasts={toasts} onDismiss={app.toasts.dismiss} />
      <Announcer />
      {helpOpen && <ShortcutSheet onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

/** The timeline, under every screen that is about a cluster. */
function Dock(): JSX.Element | null {
  const app = useApp();
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const clusterId = useStore(app.route.store, (route) => route.clusterId);
  if (view === null || view.id !== clusterId) return null;
  return (
    <div className="shell-dock">
      <ErrorBoundary panel="The timeline">
        <Suspense fallback={null}>
          <Timeline view={view} />
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

const SCREEN_NAMES = {
  clusters: 'Clusters',
  overview: 'Overview',
  logs: 'Logs',
  console: 'Console',
  settings: 'Settings',
} as const;
