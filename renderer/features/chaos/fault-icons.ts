import type { IconName } from '../../ui/icon.tsx';
import type { ActiveFault } from './active-faults.ts';

export const FAULT_ICONS: Readonly<Record<ActiveFault['sign'], IconName>> = {
  cut: 'scissors',
  delay: 'fault',
  drop: 'drop',
  rate: 'rate',
  disk: 'disk',
  clock: 'clock',
  freeze: 'freeze',
  kill: 'kill',
};
