import { Component, type ErrorInfo, type JSX, type ReactNode } from 'react';

import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { renewLateParts } from './late-part.tsx';

declare global {
  interface Window {
    /** Panels that a page built for tests is to see stop. */
    brokenPanels?: readonly string[];
  }
}

interface Props {
  /** What stopped, for the sentence and for the details. */
  readonly panel: string;
  readonly children: ReactNode;
  /** Of what says so, where a panel has a shape of its own. */
  readonly className?: string;
}

interface State {
  readonly error: Error | null;
  readonly where: string;
}

/** Keeps a fault of one panel inside it: the others, and the cluster, go on. */
export class ErrorBoundary extends Component<Props, State> {
  override readonly state: State = { error: null, where: '' };

  static getDerivedStateFromError(thrown: unknown): Partial<State> {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(_error: Error, info: ErrorInfo): void {
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where } = this.state;
    const { panel, children, className } = this.props;
    if (error === null) {
      // The shipped page holds none of this.
      const isAsked = import.meta.env.MODE !== 'production' && window.brokenPanels?.includes(panel);
      return isAsked === true ? <Broken panel={panel} /> : children;
    }
    return (
      <PanelFault
        className={className ?? ''}
        panel={panel}
        message={error.message}
        details={[panel, error.stack ?? error.message, where].join('\n')}
        onReload={() => {
          renewLateParts();
          this.setState({ error: null, where: '' });
        }}
      />
    );
  }
}

function Broken({ panel }: { readonly panel: string }): never {
  throw new Error(`${panel} was told to stop`);
}

interface FaultProps {
  readonly className: string;
  readonly panel: string;
  readonly message: string;
  readonly details: string;
  readonly onReload: () => void;
}

function PanelFault({ className, panel, message, details, onReload }: FaultProps): JSX.Element {
  return (
    <section className={`panel-fault ${className}`} role="alert">
      <p>
        <strong>{panel} stopped:</strong> {message}
      </p>
      <p className="muted">The cluster is unaffected.</p>
      <p className="panel-fault-actions">
        <Button onClick={onReload}>Reload panel</Button>
        <CopyButton text={details} what="details" />
      </p>
    </section>
  );
}
