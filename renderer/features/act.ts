import type { Result } from '../../main/contract/errors.ts';
import type { AppState } from '../state/app-state.ts';
import type { Toast } from '../state/toasts.ts';
import { momentReason } from './app-context.tsx';

interface Act<T> {
  /** The same key is not asked twice at once. */
  readonly key: string;
  /** What was to be done, for the start of an error: 'Stop node-2'. */
  readonly what: string;
  readonly call: () => Promise<Result<T>>;
  /** What to say when it is done; nothing when the picture says it. */
  readonly done?: (value: T) => Pick<Toast, 'text'> & Partial<Toast>;
  /** It concerns this window alone, so that it may be done while the past is shown. */
  readonly inPast?: boolean;
  /** Shows the error instead of a toast, where the asker has a better place. */
  readonly failed?: (message: string) => void;
}

/** Asks the host for something and says what came of it. The picture changes by a push alone. */
export async function act<T>(
  app: AppState,
  { key, what, call, done, failed, inPast = false }: Act<T>,
): Promise<void> {
  const reason = momentReason(app);
  if (reason !== null && !inPast) {
    // Whatever was clicked was meant for a cluster that is not what it is now.
    app.toasts.show({ tone: 'info', text: `${what}: ${reason}` });
    return;
  }
  await app.busy.run(key, async () => {
    const result = await call();
    if (!result.ok) {
      const { message, code } = result.error;
      if (failed !== undefined) failed(message);
      else app.toasts.show({ tone: 'error', text: `${what}: ${message}`, code });
      return;
    }
    const toast = done?.(result.value);
    if (toast !== undefined) app.toasts.show({ tone: 'success', ...toast });
  });
}
