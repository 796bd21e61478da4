/** How much may move: everything, no particles, nothing. */
export type Motion = 'full' | 'calm' | 'none';

/** What the setting means on this machine; 'system' follows the operating system. */
export function motionOf(setting: 'system' | Motion, systemReduces: boolean): Motion {
  if (setting !== 'system') return setting;
  return systemReduces ? 'none' : 'full';
}
