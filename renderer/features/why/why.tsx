import { type JSX, lazy, Suspense } from 'react';
import { useStore } from 'zustand';

import { Button } from '../../ui/button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { useApp } from '../app-context.tsx';

/** It comes when it is first asked for: a cluster that is well needs none of it. */
const WhyPanel = lazy(async () => ({ default: (await import('./why-panel.tsx')).WhyPanel }));

/** The answer to Why?, where an inspector stands or over a screen that has none. */
export function Why(): JSX.Element {
  const app = useApp();
  return (
    <ErrorBoundary panel="The explanation">
      <Suspense fallback={null}>
        <WhyPanel onClose={() => app.why.setState({ open: false })} />
      </Suspense>
    </ErrorBoundary>
  );
}

/** Opens and closes it; in the header, wherever something is to be explained. */
export function WhyButton({ grave }: { readonly grave: boolean }): JSX.Element {
  const app = useApp();
  const open = useStore(app.why, (why) => why.open);
  return (
    <span className="why-button">
      <Button
        kind={grave ? 'danger-filled' : 'normal'}
        size="small"
        onClick={() => app.why.setState({ open: !open })}
      >
        Why?
      </Button>
    </span>
  );
}
