import { type JSX, type ReactNode, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { StepList } from '../../ui/step-list.tsx';
import { useActReason, useApp } from '../app-context.tsx';
import { SlowStarts } from '../nodes/slow-starts.tsx';
import {
  createRequest,
  type CreateForm,
  EMPTY_FORM,
  portProblem,
  portRange,
  portsOf,
} from './create-form.ts';
import { CreateOptions } from './create-options.tsx';
import { creationSteps } from './creation-steps.ts';
import { SizePicker } from './size-picker.tsx';
import { type Creation, useCreation } from './use-creation.ts';

/** One press of Enter away from a cluster; beside it, what that press does. */
export function CreateCard(): JSX.Element {
  const [form, setForm] = useState<CreateForm>(EMPTY_FORM);
  const creation = useCreation();
  const suggested = useSuggestedPort(form.nodes, creation.underWay);
  const ports = portsOf(form, suggested);
  const more = useRef<HTMLDetailsElement>(null);
  const change = (changed: Partial<CreateForm>): void => setForm({ ...form, ...changed });
  return (
    <section className="create" aria-label="Start a cluster on this machine">
      <div className="create-form">
        <h2>Start a cluster on this machine</h2>
        <p className="muted">
          Each node is a real process with its own log on disk. Any Redis client can talk to it.
        </p>
        <SizePicker
          value={form.nodes}
          disabled={creation.underWay}
          onChange={(nodes) => change({ nodes })}
        />
        <StartRow form={form} suggested={suggested} creation={creation} />
        <details ref={more} className="create-more">
          <summary>
            <Icon name="chevron-right" />
            Options <span className="muted">name, ports, machine, log, durability</span>
          </summary>
          <CreateOptions form={form} onChange={change} portProblem={portProblem(form)} />
        </details>
      </div>
      <div className="create-steps">
        <h3>{stepsTitle(creation)}</h3>
        <StepList
          label="Steps of starting a cluster"
          steps={creationSteps(form.nodes, ports, creation.operation)}
        />
        {creation.view !== null && creation.underWay && <SlowStarts view={creation.view} />}
        <CreationFault creation={creation}>
          {creation.refused?.code === 'E_PORT' && (
            <OtherPorts
              nodes={form.nodes}
              onUse={(first) => {
                change({ basePort: '' });
                creation.start(createRequest({ ...form, basePort: String(first) }, suggested));
              }}
              onChoose={() => choosePorts(more.current)}
            />
          )}
        </CreationFault>
      </div>
    </section>
  );
}

function stepsTitle({ underWay, operation }: Creation): string {
  if (operation?.state === 'failed') return 'What happened';
  return underWay ? 'What is happening' : 'What will happen';
}

interface StartRowProps {
  readonly form: CreateForm;
  readonly suggested: number | null;
  readonly creation: Creation;
}

function StartRow({ form, suggested, creation }: StartRowProps): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  const actReason = useActReason();
  const problem = portProblem(form);
  const ports = portsOf(form, suggested);
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="create-start">
      <Button
        ref={button}
        kind="primary"
        size="large"
        icon="start"
        busy={creation.underWay}
        disabledReason={actReason ?? problem}
        onClick={() => creation.start(createRequest(form, suggested))}
      >
        {creation.underWay ? 'Starting' : 'Start'} a {form.nodes}-node cluster
        {!creation.underWay && <Icon name="enter" />}
      </Button>
      <p className="muted">
        {!creation.underWay && <PortsText form={form} ports={ports} />}
        Nothing leaves this machine.
      </p>
    </div>
  );
}

function PortsText({
  form,
  ports,
}: {
  readonly form: CreateForm;
  readonly ports: readonly [first: number, last: number] | null;
}): JSX.Element {
  if (ports === null) return <span className="create-line">Looking for free ports.</span>;
  const [first, last] = ports;
  const verb = first === last ? 'is' : 'are';
  return (
    <span className="create-line">
      {first === last ? 'Port' : 'Ports'}{' '}
      <span className="mono create-ports">{portRange(first, last)}</span>
      {form.basePort === '' ? ` ${verb} free.` : '.'}
    </span>
  );
}

/** Opens the options at the first port. */
function choosePorts(options: HTMLDetailsElement | null): void {
  if (options === null) return;
  options.open = true;
  options.querySelector<HTMLElement>('input[inputmode="numeric"]')?.focus();
}

/** Ports that are free now, and the place to choose others. */
function OtherPorts({
  nodes,
  onUse,
  onChoose,
}: {
  readonly nodes: number;
  readonly onUse: (first: number) => void;
  readonly onChoose: () => void;
}): JSX.Element {
  const free = useSuggestedPort(nodes, false);
  return (
    <>
      {free !== null && (
        <Button onClick={() => onUse(free)}>Use {portRange(free, free + nodes - 1)}</Button>
      )}
      <Button onClick={onChoose}>Choose ports</Button>
    </>
  );
}

function CreationFault({
  creation,
  children,
}: {
  readonly creation: Creation;
  /** Ways on that belong to what went wrong. */
  readonly children: ReactNode;
}): JSX.Element | null {
  const { refused, operation } = creation;
  if (refused === null && operation?.state !== 'failed') return null;
  return (
    <div className={refused === null ? 'create-again' : 'create-again create-fault'} role="alert">
      {refused === null ? (
        <p className="visually-hidden">The cluster was not started.</p>
      ) : (
        <p>
          {refused.message} <code className="muted">{refused.code}</code>
        </p>
      )}
      <p className="create-fault-actions">
        {children}
        {operation?.state === 'failed' && <Button onClick={creation.retry}>Try again</Button>}
        <Button onClick={creation.reset}>{operation === null ? 'Dismiss' : 'Leave it'}</Button>
      </p>
    </div>
  );
}

/**
 * The first of enough free ports; asked again when the number of nodes changes, and when ports have
 * become a cluster's or are nobody's any more. While they are being taken it stays what it was.
 */
function useSuggestedPort(nodes: number, underWay: boolean): number | null {
  const app = useApp();
  const clusterIds = useStore(app.clusters, ({ list }) => list?.map(({ id }) => id).join());
  const [found, setFound] = useState<{ readonly nodes: number; readonly port: number } | null>(
    null,
  );
  useEffect(() => {
    if (underWay) return undefined;
    let wanted = true;
    void app.api.suggestPorts({ nodes }).then((result) => {
      if (wanted && result.ok) setFound({ nodes, port: result.value.basePort });
    });
    return () => {
      wanted = false;
    };
  }, [app, nodes, clusterIds, underWay]);
  return found?.nodes === nodes ? found.port : null;
}
