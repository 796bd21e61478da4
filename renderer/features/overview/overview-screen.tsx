import type { JSX } from 'react';

import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { ClusterPanels } from './cluster-panels.tsx';
import './overview.css';

/** One cluster: is it healthy, who leads, who lags? */
export function OverviewScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <ClusterPanels view={view} />}</ClusterScreen>;
}
