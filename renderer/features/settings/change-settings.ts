import type { Settings } from '../../../main/contract/model.ts';
import type { AppState } from '../../state/app-state.ts';
import { act } from '../act.ts';

/** Changes some settings; the host keeps them and tells every window. */
export function changeSettings(app: AppState, changed: Partial<Settings>): void {
  void act(app, {
    key: 'settings',
    what: 'Save settings',
    inPast: true,
    call: () => app.api.setSettings({ ...app.settings.getState(), ...changed }),
  });
}
