import type { JSX, ReactNode } from 'react';
import { useStore } from 'zustand';

import type { Settings } from '../../../main/contract/model.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { act } from '../act.ts';
import { useApp } from '../app-context.tsx';
import './settings.css';

const THEMES = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
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

export function SettingsScreen(): JSX.Element {
  const app = useApp();
  const settings = useStore(app.settings);
  const info = useStore(app.info, (state) => state.info);
  const change = (changed: Partial<Settings>): void => {
    void act(app, {
      key: 'settings',
      what: 'Save settings',
      call: () => app.api.setSettings({ ...settings, ...changed }),
    });
  };
  return (
    <div className="settings">
      <h1>Settings</h1>
      <section aria-label="Appearance" className="settings-group">
        <h2>Appearance</h2>
        <Row title="Theme" note="System follows the machine.">
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
      </section>
      {info !== null && (
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
      )}
    </div>
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
