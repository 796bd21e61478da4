import type { JSX } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { isClusterScreen } from '../../state/route.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatPlural } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Logo } from '../../ui/logo.tsx';
import { useActReason, useApp, useBusy, useShownRecording } from '../app-context.tsx';
import { countActiveFaults } from '../chaos/active-faults.ts';
import { healEverything } from '../chaos/heal.ts';
import { ClusterSwitcher } from './cluster-switcher.tsx';
import { moodOf } from './mood.ts';
import { keyHint } from './shortcuts.ts';
import { TruthLine } from './truth-line.tsx';
import type { GlobalSheets } from './use-global-keys.ts';

/** The bar on top: which cluster, how it is, and whether what is shown is the present. */
export function Header({ onHelp, onPalette }: GlobalSheets): JSX.Element {
  const app = useApp();
  const route = useStore(app.route.store);
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const link = useStore(app.link, ({ state }) => state);
  const aboutCluster =
    isClusterScreen(route.screen) && view !== null && view.id === route.clusterId;
  const { atMs, pace } = useStore(app.time.store);
  const recording = useShownRecording();
  const mood = moodOf(aboutCluster ? view.health.level : null, link, atMs !== null);
  return (
    <header className={`header header-${mood}`} data-pane>
      <Logo />
      {aboutCluster ? (
        <>
          <ClusterSwitcher name={view.name} clusterId={view.id} />
          <TruthLine view={view} link={link} atMs={atMs} pace={pace} recording={recording} />
        </>
      ) : (
        <>
          <strong className="header-product">Raftdeck</strong>
          {link === 'lost' && <LostText />}
        </>
      )}
      <span className="header-end">
        {recording === null && aboutCluster && <FaultPill view={view} />}
        {recording !== null && <span className="pill pill-recording">Recording</span>}
        {recording === null && aboutCluster && atMs === null && <LivePill live={link === 'open'} />}
        {recording === null && aboutCluster && atMs !== null && (
          <Button kind="primary" keyHint="End" onClick={() => app.time.go(null)}>
            Go live
          </Button>
        )}
        <Button
          kind="quiet"
          icon="search"
          keyHint={keyHint('palette')}
          title="Find a command"
          onClick={onPalette}
        >
          <span className="visually-hidden">Find a command</span>
        </Button>
        <IconButton icon="help" label="Keyboard shortcuts (?)" onClick={onHelp} />
      </span>
    </header>
  );
}

function LostText(): JSX.Element {
  return (
    <p className="truth-sentence" role="alert">
      <strong className="truth-word">Connection to the host lost.</strong> Trying again. If it was
      restarted, open the address that it printed.
    </p>
  );
}

function FaultPill({ view }: { readonly view: ClusterView }): JSX.Element | null {
  const app = useApp();
  const reason = useActReason();
  const busy = useBusy(`heal/${view.id}`);
  const count = countActiveFaults(view);
  if (count === 0) return null;
  return (
    <span className="fault-pill">
      <Icon name="chaos" />
      <span role="alert" className="visually-hidden">
        {formatPlural(count, 'fault')} in force
      </span>
      <strong className="fault-count">
        {formatPlural(count, 'fault')}
        <span className="fault-active"> active</span>
      </strong>
      <Button
        kind="danger-filled"
        size="small"
        keyHint="⇧H"
        busy={busy}
        disabledReason={reason}
        onClick={() => healEverything(app, view)}
      >
        Heal all
      </Button>
    </span>
  );
}

function LivePill({ live }: { readonly live: boolean }): JSX.Element {
  return live ? (
    <span className="pill pill-ok">
      <span className="dot" />
      Live
    </span>
  ) : (
    <span className="pill pill-danger">Not live</span>
  );
}
