import type { JSX } from 'react';

import type { ClusterView, NodeView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { useApp } from '../app-context.tsx';
import './slow-starts.css';

/** A node opens its port within a second or two; after so long it is worth looking at what it says. */
const SLOW_AFTER_MS = 5_000;

/** The nodes whose process has run for a while and whose port nobody has reached, in a sentence each. */
export function slowStarts({
  nodes,
  timeMs,
}: ClusterView): readonly { readonly node: NodeView; readonly text: string }[] {
  return nodes.flatMap((node) => {
    const { name, process, connected, startedAtMs, clientAddress } = node;
    if (process !== 'starting' || connected || startedAtMs === null) return [];
    const forMs = timeMs - startedAtMs;
    if (forMs < SLOW_AFTER_MS) return [];
    const port = clientAddress.slice(clientAddress.lastIndexOf(':') + 1);
    const text = `${name} has not opened port ${port} for ${formatDuration(forMs)}.`;
    return [{ node, text }];
  });
}

/** Says which nodes are slow to come up, and leads to what they print. */
export function SlowStarts({ view }: { readonly view: ClusterView }): JSX.Element | null {
  const app = useApp();
  const slow = slowStarts(view);
  if (slow.length === 0) return null;
  return (
    <ul className="slow-starts">
      {slow.map(({ node, text }) => (
        <li key={node.id}>
          <span>{text}</span>
          <Button
            size="small"
            onClick={() => {
              app.output.setState({ nodeId: node.id });
              app.route.go({ screen: 'output', clusterId: view.id });
            }}
          >
            Show its output
          </Button>
        </li>
      ))}
    </ul>
  );
}
