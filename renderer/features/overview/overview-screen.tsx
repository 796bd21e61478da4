import type { JSX } from 'react';
import { useStore } from 'zustand';

import { useApp } from '../app-context.tsx';

export function OverviewScreen(): JSX.Element {
  const view = useStore(useApp().cluster.store, (cluster) => cluster.view);
  return <pre>{JSON.stringify(view?.health, null, 2)}</pre>;
}
