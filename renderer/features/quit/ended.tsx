import type { JSX } from 'react';

import { Logo } from '../../ui/logo.tsx';
import { formatPlural } from '../../ui/format.ts';
import '../shell/cluster-screen.css';

/**
 * All that is left of the window after it has ended its host; part of the first load, because nobody is
 * there to ask for it any more.
 */
export function Ended({
  nodes,
  count,
}: {
  readonly nodes: 'keep' | 'stop';
  readonly count: number;
}): JSX.Element {
  return (
    <main className="screen-message">
      <Logo />
      <h1>Raftdeck has ended</h1>
      <p className="muted">
        {count === 0
          ? 'No node runs.'
          : nodes === 'keep'
            ? `${formatPlural(count, 'node')} ${count === 1 ? 'goes' : 'go'} on running and answering Redis clients.`
            : `${formatPlural(count, 'node')} ${count === 1 ? 'was' : 'were'} told to stop. All data stays on disk.`}
      </p>
      <p className="muted">Start it again as before, and open the address that it prints.</p>
    </main>
  );
}
