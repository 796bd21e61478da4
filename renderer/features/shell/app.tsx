import {
  type JSX,
  type RefObject,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useStore } from 'zustand';

import { isClusterScreen, type Screen } from '../../state/route.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { latePart } from '../../ui/late-part.tsx';
import { Toaster } from '../../ui/toaster.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useActReason, useApp, useShownRecording } from '../app-context.tsx';
import { countActiveFaults } from '../chaos/active-faults.ts';
import { ClustersScreen } from '../clusters/clusters-screen.tsx';
import { OverviewScreen } from '../overview/overview-screen.tsx';
import { PaletteDoor } from '../palette/palette-door.tsx';
import { Ended } from '../quit/ended.tsx';
import { useTakenUp } from '../quit/taken-up.ts';
import { RecordingBar } from '../recordings/recording-bar.tsx';
import { SettingsScreen } from '../settings/settings-screen.tsx';
import { Why } from '../why/why.tsx';
import { Announcer } from './announcer.tsx';
import { Header } from './header.tsx';
import { Rail } from './rail.tsx';
import { screenLabel } from './screens.ts';
import './shell.css';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { setOwnKeys } from './shortcuts.ts';
import { useTheme } from './theme.ts';
import { useGlobalKeys } from './use-global-keys.ts';
import { useNotifications } from './use-notifications.ts';

/** Not on the first screen: it comes with the first cluster that is opened. */
const Timeline = latePart(async () => (await import('../timeline/timeline.tsx')).Timeline);
const Palette = latePart(async () => (await import('../palette/palette.tsx')).Palette);
const ReportDialog = latePart(
  async () => (await import('../report/report-dialog.tsx')).ReportDialog,
);
const QuitDialog = latePart(async () => (await import('../quit/quit-dialog.tsx')).QuitDialog);
const SaveRecordingDialog = latePart(
  async () => (await import('../recordings/save-recording-dialog.tsx')).SaveRecordingDialog,
);
const OutsideDialog = latePart(
  async () => (await import('../outside/outside-dialog.tsx')).OutsideDialog,
);
const OpeningDialog = latePart(
  async () => (await import('../recordings/opening-dialog.tsx')).OpeningDialog,
);

/** The screens that are not on the first one come when they are opened. */
const LATER_SCREENS: Partial<Record<Screen, (props: object) => JSX.Element>> = {
  chaos: latePart(async () => (await import('../chaos/chaos-screen.tsx')).ChaosScreen),
  logs: latePart(async () => (await import('../logs/logs-screen.tsx')).LogsScreen),
  console: latePart(async () => (await import('../console/console-screen.tsx')).ConsoleScreen),
  data: latePart(async () => (await import('../data/data-screen.tsx')).DataScreen),
  snapshots: latePart(
    async () => (await import('../snapshots/snapshots-screen.tsx')).SnapshotsScreen,
  ),
  metrics: latePart(async () => (await import('../metrics/metrics-screen.tsx')).MetricsScreen),
  output: latePart(async () => (await import('../output/output-screen.tsx')).OutputScreen),
};

/** The window, until it has ended its host. */
export function App(): JSX.Element {
  const farewell = useStore(useApp().farewell, ({ said }) => said);
  // The farewell is a page like any other: it follows the system's wishes too.
  useTheme();
  return farewell === null ? <Window /> : <Ended {...farewell} />;
}

function Window(): JSX.Element {
  const app = useApp();
  const { screen, clusterId } = useStore(app.route.store);
  const [sheet, setSheet] = useState<'palette' | 'help' | null>(null);
  const LaterScreen = LATER_SCREENS[screen];
  const broken = useStore(
    app.cluster.store,
    ({ view }) => view !== null && view.id === clusterId && countActiveFaults(view) > 0,
  );
  // Before anything below shows or looks for a key.
  setOwnKeys(useStore(app.settings, ({ keys }) => keys));
  useNotifications();
  useTakenUp();
  const openHelp = useCallback(() => setSheet('help'), []);
  const openPalette = useCallback(() => setSheet('palette'), []);
  useGlobalKeys({ onPalette: openPalette, onHelp: openHelp });
  const recording = useShownRecording();
  // What is a recording has its own present, so that must be known before the last minutes are read.
  const isKnown = useStore(app.opened.store, ({ list }) => list !== null);
  useEffect(() => {
    app.cluster.watch(clusterId);
    app.load.watch(clusterId);
    if (isKnown) app.recording.watch(clusterId);
  }, [app, clusterId, isKnown]);

  const main = useFocusOnScreen(screen);
  return (
    <div className={broken ? 'shell shell-broken' : 'shell'}>
      <ErrorBoundary panel="The header" className="header panel-fault-line">
        <Header onHelp={openHelp} onPalette={openPalette} />
      </ErrorBoundary>
      <ErrorBoundary panel="The rail" className="rail-fault">
        <Rail />
      </ErrorBoundary>
      <main ref={main} className="shell-main" tabIndex={-1} data-pane>
        {recording !== null && <RecordingBar recording={recording} />}
        <ErrorBoundary key={screen} panel={screenLabel(screen)}>
          {screen === 'clusters' && <ClustersScreen />}
          {screen === 'overview' && <OverviewScreen />}
          {LaterScreen !== undefined && (
            <Suspense fallback={<Waiting what="Opening the screen" />}>
              <LaterScreen />
            </Suspense>
          )}
          {screen === 'settings' && <SettingsScreen />}
        </ErrorBoundary>
        {screen !== 'overview' && isClusterScreen(screen) && <WhyOver />}
      </main>
      {isClusterScreen(screen) && <Dock low={screen === 'chaos'} />}
      <Toasts />
      <Announcer />
      <div className="shell-floating">
        <ErrorBoundary panel="The sheet" key={sheet ?? ''}>
          {sheet === 'help' && <ShortcutSheet onClose={() => setSheet(null)} />}
          <WishedSheet />
          <OpeningRecording />
          <FromOutside />
          {sheet === 'palette' && (
            <PaletteWhenLoaded onClose={() => setSheet(null)} onHelp={openHelp} />
          )}
        </ErrorBoundary>
      </div>
    </div>
  );
}

/** The palette, and until its code is here a field that keeps what is typed for it. */
function PaletteWhenLoaded(props: {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState('');
  return (
    <Suspense fallback={<PaletteDoor onTyped={setTyped} onClose={props.onClose} />}>
      <Palette typed={typed} {...props} />
    </Suspense>
  );
}

/**
 * The element that a screen stands in. Where what had the focus went with its screen, Tab goes on from
 * the new one and not from the header.
 */
function useFocusOnScreen(screen: Screen): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(screen);
  useEffect(() => {
    if (shown.current === screen) return;
    shown.current = screen;
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [screen]);
  return main;
}

/** The sheet that was asked for of the window itself, over whatever screen is shown. */
function WishedSheet(): JSX.Element | null {
  const app = useApp();
  const wanted = useStore(app.wishes.store, ({ wish }) => wish?.kind);
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const onClose = app.wishes.taken;
  return (
    <Suspense fallback={null}>
      {wanted === 'quit' && <QuitDialog onClose={onClose} />}
      {wanted === 'report' && view !== null && <ReportDialog view={view} onClose={onClose} />}
      {wanted === 'save-recording' && view !== null && (
        <SaveRecordingDialog view={view} onClose={onClose} />
      )}
    </Suspense>
  );
}

/** How far a file has come that is being opened. */
function OpeningRecording(): JSX.Element | null {
  const app = useApp();
  const upload = useStore(app.opened.upload, (state) => state.upload);
  if (upload === null) return null;
  return (
    <Suspense fallback={null}>
      <OpeningDialog upload={upload} onCancel={app.opened.cancel} />
    </Suspense>
  );
}

/** What the system has handed to the app. */
function FromOutside(): JSX.Element | null {
  const request = useStore(useApp().outside, (outside) => outside.request);
  if (request === null) return null;
  return (
    <Suspense fallback={null}>
      <OutsideDialog key={request.requestId} request={request} />
    </Suspense>
  );
}

/** What can be done from a message waits, like all that acts, while the past is shown. */
function Toasts(): JSX.Element {
  const app = useApp();
  const actReason = useActReason();
  const toasts = useStore(app.toasts.store, (state) => state.toasts);
  const live = useStore(app.cluster.store, (cluster) => cluster.live);
  const shown = toasts.map(({ action, ...toast }) => {
    if (action === null) return { ...toast, action };
    const blocked = action.acts === true ? actReason : null;
    const disabledReason = blocked ?? action.reason?.(live) ?? null;
    return { ...toast, action: { ...action, disabledReason } };
  });
  return <Toaster toasts={shown} onDismiss={app.toasts.dismiss} />;
}

/** The answer to Why? over a screen that has no place of its own for it. */
function WhyOver(): JSX.Element | null {
  const open = useStore(useApp().why, (why) => why.open);
  if (!open) return null;
  return (
    <aside className="inspector why-over" aria-label="Inspector" tabIndex={0}>
      <Why />
    </aside>
  );
}

/** The timeline, under every screen that is about a cluster; `low` where the screen needs the room. */
function Dock({ low }: { readonly low: boolean }): JSX.Element | null {
  const app = useApp();
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const clusterId = useStore(app.route.store, (route) => route.clusterId);
  if (view === null || view.id !== clusterId) return null;
  return (
    <div className={low ? 'shell-dock shell-dock-low' : 'shell-dock'} data-pane>
      <ErrorBoundary panel="The timeline">
        <Suspense fallback={null}>
          <Timeline view={view} />
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}
