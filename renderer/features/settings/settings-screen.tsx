import type { JSX, ReactNode } from 'react';
import { useStore } from 'zustand';

import type { AppInfo, Settings } from '../../../main/contract/model.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { Button } from '../../ui/button.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { wantToLeave } from '../quit/leave.ts';
import { SecretsGroup } from '../secrets/secrets-group.tsx';
import { changeSettings } from './change-settings.ts';
import { KeysGroup } from './keys-group.tsx';
import './settings.css';
import { switchNotifications } from './switch-notifications.ts';

const THEMES = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'contrast', label: 'High contrast' },
] as const;

const MOTIONS = [
  { value: 'system', label: 'System' },
  { value: 'full', label: 'Full' },
  { value: 'calm', label: 'Calm' },
  { value: 'none', label: 'None' },
] as const;

const QUITS = [
  { value: 'ask', label: 'Ask' },
  { value: 'keep', label: 'Keep them running' },
  { value: 'stop', label: 'Stop them' },
] as const;

const SWITCH = [
  { value: 'off', label: 'Off' },
  { value: 'on', label: 'On' },
] as const;

const RECORDING_SIZES = [
  { value: '64', label: '64 MiB' },
  { value: '224', label: '224 MiB' },
  { value: '1024', label: '1 GiB' },
] as const;

/** What the host keeps for the user, and what the app is. */
export function SettingsScreen(): JSX.Element {
  const app = useApp();
  const settings = useStore(app.settings);
  const info = useStore(app.info, (state) => state.info);
  const change = (changed: Partial<Settings>): void => changeSettings(app, changed);
  const shared = { settings, change };
  return (
    <div className="settings">
      <h1>Settings</h1>
      <Appearance {...shared} />
      <Nodes {...shared} info={info} />
      <Notifications settings={settings} />
      <Recording {...shared} />
      <KeysGroup keys={settings.keys} onChange={(keys) => change({ keys })} />
      {info !== null && <SecretsGroup mode={info.mode} />}
      {info !== null && <About info={info} />}
    </div>
  );
}

interface PartProps {
  readonly settings: Settings;
  readonly change: (changed: Partial<Settings>) => void;
}

/** A browser's window has no menu of its own to leave by. */
function QuitRow(): JSX.Element {
  const app = useApp();
  return (
    <Row title="Quit" note="Ends the program behind this page. Clusters stay on disk.">
      <Button disabledReason={useActReason()} onClick={() => wantToLeave(app)}>
        Quit Raftdeck…
      </Button>
    </Row>
  );
}

function Appearance({ settings, change }: PartProps): JSX.Element {
  return (
    <section aria-label="Appearance" className="settings-group">
      <h2>Appearance</h2>
      <Row title="Theme" note="High contrast is light or dark as the machine is.">
        <Segmented
          label="Theme"
          options={THEMES}
          value={settings.theme}
          onChange={(theme) => change({ theme })}
        />
      </Row>
      <Row title="Motion" note="Calm leaves out the messages in flight; none moves nothing.">
        <Segmented
          label="Motion"
          options={MOTIONS}
          value={settings.motion}
          onChange={(motion) => change({ motion })}
        />
      </Row>
    </section>
  );
}

function Nodes({
  settings,
  change,
  info,
}: PartProps & { readonly info: AppInfo | null }): JSX.Element {
  return (
    <section aria-label="Nodes" className="settings-group">
      <h2>Nodes</h2>
      <Row title="When the app quits" note="What happens to nodes that are running then.">
        <Segmented
          label="When the app quits"
          options={QUITS}
          value={settings.quit}
          onChange={(quit) => change({ quit })}
        />
      </Row>
      {info?.mode === 'web' && <QuitRow />}
      {info?.mode === 'electron' && (
        <Row title="Icon in the tray" note="It is always there while the window is hidden.">
          <Segmented
            label="Icon in the tray"
            options={SWITCH}
            value={settings.tray ? 'on' : 'off'}
            onChange={(value) => change({ tray: value === 'on' })}
          />
        </Row>
      )}
    </section>
  );
}

function Notifications({ settings }: Pick<PartProps, 'settings'>): JSX.Element {
  const app = useApp();
  return (
    <section aria-label="System notifications" className="settings-group">
      <h2>System notifications</h2>
      <Row
        title="When something is lost or back"
        note="A leader or a node, once it has lasted and only while nobody looks at the window."
      >
        <Segmented
          label="Notifications"
          options={SWITCH}
          value={settings.notify ? 'on' : 'off'}
          onChange={(value) => void switchNotifications(app, value === 'on')}
        />
      </Row>
    </section>
  );
}

function Recording({ settings, change }: PartProps): JSX.Element {
  return (
    <section aria-label="Recording" className="settings-group">
      <h2>Recording</h2>
      <Row
        title="Kept of each cluster"
        note="The oldest goes first. On disk it takes about a quarter of this."
      >
        <Segmented
          label="Kept of each cluster"
          options={RECORDING_SIZES}
          value={String(settings.recordingMiB)}
          onChange={(size) => change({ recordingMiB: Number(size) })}
        />
      </Row>
    </section>
  );
}

function About({ info }: { readonly info: AppInfo }): JSX.Element {
  return (
    <section aria-label="About" className="settings-group">
      <h2>About</h2>
      <dl className="settings-facts">
        <Fact name="Version">Raftdeck {info.version}</Fact>
        <Fact name="Shown in">
          {info.mode === 'electron' ? 'its own window' : 'a browser'}
          {info.modeReason !== null && `: ${info.modeReason}`}
        </Fact>
        <Fact name="Nodes are">
          {info.processIsolation === 'process'
            ? 'processes of their own'
            : 'embedded in the host, so they cannot be killed or frozen'}
        </Fact>
        <Fact name="Data is in">
          <span className="mono">{info.home}</span>
        </Fact>
        <Fact name="Telemetry">none; nothing leaves this machine</Fact>
      </dl>
    </section>
  );
}

function Row({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note: string;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div className="settings-row">
      <div>
        <h3>{title}</h3>
        <p className="muted">{note}</p>
      </div>
      {children}
    </div>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
