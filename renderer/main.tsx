import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import type { HostConnection } from '../main/contract/host-api.ts';
import { openConnection } from './connection/connection.ts';
import { AppContext } from './features/app-context.tsx';
import { App } from './features/shell/app.tsx';
import { createAppState } from './state/app-state.ts';
import { watchVisibility } from './state/visibility.ts';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import './ui/tokens.css';
import './ui/base.css';

/** A page built for tests may ask for a scripted host; the shipped page holds none of it. */
async function chooseConnection(): Promise<HostConnection> {
  if (import.meta.env.MODE !== 'production') {
    const scenario = new URLSearchParams(window.location.search).get('fake');
    if (scenario !== null) {
      const { openFakeConnection } = await import('./connection/fake/open-fake.ts');
      return openFakeConnection(scenario);
    }
  }
  return openConnection();
}

/** A page built for tests may be shown in a language that does not exist. */
async function applyLocale(root: HTMLElement): Promise<void> {
  if (import.meta.env.MODE === 'production') return;
  if (new URLSearchParams(window.location.search).get('locale') !== 'pseudo') return;
  const { stretchTexts } = await import('./ui/pseudo-locale.ts');
  stretchTexts(root);
}

async function start(root: HTMLElement): Promise<void> {
  const app = createAppState(await chooseConnection(), window, Date.now);
  watchVisibility(document, app);
  await applyLocale(root);
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary panel="The window">
        <AppContext value={app}>
          <App />
        </AppContext>
      </ErrorBoundary>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html must hold an element with the id root');
void start(root);
