import { Component, type ErrorInfo, type JSX, type ReactNode } from 'react';

import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

interface Props {
  /** What stopped, for the sentence and for the details. */
  readonly panel: string;
  readonly children: ReactNode;
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
    if (error === null) return this.props.children;
    return (
      <PanelFault
        panel={this.props.panel}
        message={error.message}
        details={[this.props.panel, error.stack ?? error.message, where].join('\n')}
        onReload={() => this.setState({ error: null, where: '' })}
      />
    );
  }
}

interface FaultProps {
  readonly panel: string;
  readonly message: string;
  readonly details: string;
  readonly onReload: () => void;
}

function PanelFault({ panel, message, details, onReload }: FaultProps): JSX.Element {
  return (
    <section className="panel-fault" role="alert">
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
