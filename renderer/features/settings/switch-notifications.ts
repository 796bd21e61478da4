import type { AppState } from '../../state/app-state.ts';
import { changeSettings } from './change-settings.ts';

/** Turns notifications on or off; in a browser they need its permission, asked for by this click. */
export async function switchNotifications(app: AppState, on: boolean): Promise<void> {
  const inBrowser = app.info.getState().info?.mode === 'web';
  if (on && inBrowser && (await browserPermission()) !== 'granted') {
    app.toasts.show({
      tone: 'error',
      text: 'The browser does not allow notifications from this page. Nothing was changed. Allow them beside its address, then try again.',
    });
    return;
  }
  changeSettings(app, { notify: on });
}

async function browserPermission(): Promise<NotificationPermission> {
  return 'Notification' in window ? Notification.requestPermission() : 'denied';
}
