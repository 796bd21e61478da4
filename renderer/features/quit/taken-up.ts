import { useEffect } from 'react';
import { useStore } from 'zustand';

import type { TakenUp } from '../../../main/contract/model.ts';
import { formatDuration, formatPlural } from '../../ui/format.ts';
import { useApp } from '../app-context.tsx';

/** Says what the host found of the last session, in the window that it told. */
export function useTakenUp(): void {
  const app = useApp();
  const takenUp = useStore(app.info, ({ info }) => info?.takenUp ?? null);
  useEffect(() => {
    if (takenUp !== null) app.toasts.show({ tone: 'info', text: takenUpText(takenUp) });
  }, [app, takenUp]);
}

/** What was found when the host began, in its words. */
export function takenUpText({ found, restarted, unwatchedMs }: TakenUp): string {
  const gap =
    unwatchedMs === null ? '' : ` Nobody watched for ${formatDuration(unwatchedMs)} before that.`;
  const nodes = (count: number): string => formatPlural(count, 'node');
  if (found > 0) return `Found ${nodes(found)} from your last session and reconnected.${gap}`;
  return `The app had ended without stopping its nodes. Restarted ${nodes(restarted)} from disk.${gap}`;
}
