import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import type { HostError } from '../../../main/contract/errors.ts';
import type { CreateClusterRequest } from '../../../main/contract/host-api.ts';
import type { ClusterView, OperationView } from '../../../main/contract/model.ts';
import { useApp } from '../app-context.tsx';

/** How far the creation is that was started from this card. */
export interface Creation {
  readonly clusterId: string | null;
  readonly underWay: boolean;
  /** What it makes, once the host has pushed it. */
  readonly view: ClusterView | null;
  /** The host's own steps, once it has pushed them. */
  readonly operation: OperationView | null;
  /** Why the host did not even begin. */
  readonly refused: HostError | null;
  readonly start: (request: CreateClusterRequest) => void;
  /** Tries a creation that failed half-way again. */
  readonly retry: () => void;
  readonly reset: () => void;
}

/** Creates a cluster, follows its steps, and opens it once it has a leader. */
export function useCreation(): Creation {
  const app = useApp();
  const [clusterId, setClusterId] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const [refused, setRefused] = useState<HostError | null>(null);
  const view = useStore(app.cluster.store, (cluster) => cluster.view);
  const ours = view !== null && view.id === clusterId ? view : null;
  const operation = ours?.operation ?? null;
  const led = ours !== null && ours.health.leaderId !== null && operation?.state !== 'running';
  const mounted = useRef(true);

  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  useEffect(() => {
    if (led) app.route.go({ screen: 'overview', clusterId, nodeId: null, mode: 'ring' });
  }, [app, led, clusterId]);

  return {
    clusterId,
    view: ours,
    operation,
    refused,
    underWay: asked && operation?.state !== 'failed',
    start(request) {
      setAsked(true);
      setRefused(null);
      void app.api.createCluster(request).then((result) => {
        if (!mounted.current) return;
        if (!result.ok) {
          setAsked(false);
          setRefused(result.error);
          return;
        }
        setClusterId(result.value.clusterId);
        app.cluster.watch(result.value.clusterId);
      });
    },
    retry() {
      if (clusterId === null) return;
      void app.api.startCluster({ clusterId }).then((result) => {
        if (!result.ok && mounted.current) setRefused(result.error);
      });
    },
    reset() {
      setAsked(false);
      setRefused(null);
      setClusterId(null);
      app.cluster.watch(null);
    },
  };
}
